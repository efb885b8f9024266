/*
 * What is asked of a server after its reload, and what follows from the answer. The sockets are
 * this test's own, on the loopback interface; no TLS is spoken.
 */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "os/scratch.h"
#include "webserver/server_parts.h"
#include "webserver/webserver.h"

/* What the fake server is and was asked. */
static struct {
	bool is_running;
	unsigned port;
	const char *leaf; /* NULL: the probe is for a connection only */
	int asked;        /* how often its model was */
	bool asked_for_all;
} fake;

static int load(struct webserver *server, struct error *err)
{
	return 0;
}

static void unload(struct webserver *server)
{
}

static bool is_running(struct webserver *server)
{
	return fake.is_running;
}

static void prove(struct webserver *server, const struct webserver_certificates *which,
		  struct probes *ret_probes)
{
	char address[] = "127.0.0.1", host[] = "a.test";
	struct probe probe = {
		.address = address, .port = fake.port, .host = host, .leaf = (char *)fake.leaf};

	fake.asked++;
	fake.asked_for_all = !which;
	probes_add(ret_probes, &probe);
}

static void open_server(struct webserver *server)
{
	server->root = xstrdup(scratch_dir);
}

static const struct webserver_kind kind = {
	.name = "fake", .load = load, .unload = unload, .is_running = is_running, .prove = prove};
static const struct webserver_plugin row = {
	.plugin = {.name = "fake"}, .kind = &kind, .open = open_server};

static int64_t now_ms;

static int64_t read_clock(void *context)
{
	return now_ms;
}

/* Time passes only where somebody waits. */
static int pass_time(void *context, int64_t mono_ms)
{
	now_ms = mono_ms;
	return 0;
}

static const struct clock test_clock = {
	.now_ms = read_clock, .mono_ms = read_clock, .sleep_until = pass_time};

struct fixture {
	struct option_table table;
	struct settings *settings;
	struct plugin_host host;
	struct plugin_instance instance;
	struct webserver *server;
	int fd;
};

/* A port on which nobody listens yet. */
static void fixture_init(struct fixture *fixture)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	*fixture = (struct fixture){.instance = {.plugin = &row.plugin}};
	option_table_init(&fixture->table);
	fixture->settings = settings_new(&fixture->table);
	settings_set_string(fixture->settings, "work_dir", scratch_dir, ORIGIN_RUNTIME);
	settings_set_string(fixture->settings, "config_dir", scratch_dir, ORIGIN_RUNTIME);
	fixture->host.settings = fixture->settings;
	fixture->host.clock = &test_clock;
	fixture->instance.host = &fixture->host;
	fixture->server = webserver_of(&fixture->instance);
	fixture->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fixture->fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(fixture->fd, (struct sockaddr *)&address, &len), 0);
	memset(&fake, 0, sizeof(fake));
	fake.is_running = true;
	fake.port = ntohs(address.sin_port);
}

static void fixture_release(struct fixture *fixture)
{
	fake.is_running = false;
	webserver_close(&fixture->instance);
	settings_free(fixture->settings);
	option_table_release(&fixture->table);
	close(fixture->fd);
}
DEFINE_AUTO(fixture, fixture_release);

#define LEAF "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----"

/* What webserver_prove() finds at a certificate for a.test. */
static size_t count_looks(struct fixture *fixture, int64_t *ret_limit_ms)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(probes) struct probes looks = PROBES_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	const struct deploy_task task = {.names = &names, .fullchain_path = "/live/fullchain.pem"};

	strvec_push(&names, "a.test");
	assert_int_equal(webserver_prove(&fixture->instance, &task, 1, &looks, ret_limit_ms, &err),
			 0);
	return looks.count;
}

static void expect_certificate(struct fixture *fixture)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	const struct deploy_task task = {.names = &names, .fullchain_path = "/live/fullchain.pem"};

	strvec_push(&names, "a.test");
	proof_expect(fixture->server, &task);
	proof_expect(fixture->server, &task);
}

static void test_expectations_are_listed_once(void **state)
{
	AUTO(fixture) struct fixture fixture;
	const struct webserver_certificates *expected;

	fixture_init(&fixture);
	expect_certificate(&fixture);
	expected = &fixture.server->run->expected;
	assert_int_equal(expected->paths.count, 1);
	assert_int_equal(expected->names.count, 1);
}

static void test_looks_are_for_certificates_of_a_running_server(void **state)
{
	AUTO(fixture) struct fixture fixture;
	int64_t limit_ms = 1;

	fixture_init(&fixture);
	/* A connection is no look. */
	assert_int_equal(count_looks(&fixture, &limit_ms), 0);
	assert_int_equal(limit_ms, fixture.server->proof_limit_ms);
	fake.leaf = LEAF;
	assert_int_equal(count_looks(&fixture, &limit_ms), 1);
	assert_false(fake.asked_for_all);
	fake.is_running = false;
	assert_int_equal(count_looks(&fixture, &limit_ms), 0);
}

static void test_what_was_shown_after_its_deployment_is_not_looked_at_again(void **state)
{
	AUTO(fixture) struct fixture fixture;
	AUTO(error) struct error err = ERROR_INIT;
	int64_t limit_ms = 0;

	fixture_init(&fixture);
	assert_int_equal(listen(fixture.fd, 64), 0);
	owed_add_proof(fixture.server);
	expect_certificate(&fixture);
	assert_int_equal(proof_await(fixture.server, &err), 0);
	fake.leaf = LEAF;
	assert_int_equal(count_looks(&fixture, &limit_ms), 0);
}

static void test_nothing_new_is_not_proved(void **state)
{
	AUTO(fixture) struct fixture fixture;
	AUTO(error) struct error err = ERROR_INIT;

	fixture_init(&fixture);
	assert_int_equal(proof_await(fixture.server, &err), 0);
	assert_int_equal(fake.asked, 0);
}

static void test_a_server_that_is_stopped_proves_nothing(void **state)
{
	AUTO(fixture) struct fixture fixture;
	AUTO(error) struct error err = ERROR_INIT;

	fixture_init(&fixture);
	fake.is_running = false;
	expect_certificate(&fixture);
	owed_add_proof(fixture.server);
	assert_int_equal(proof_await(fixture.server, &err), 0);
	assert_int_equal(fake.asked, 0);
	assert_false(owed_has_proof(fixture.server));
	assert_int_equal(fixture.server->run->expected.paths.count, 0);
}

static void test_a_server_without_its_socket_is_an_error(void **state)
{
	AUTO(fixture) struct fixture fixture;
	AUTO(error) struct error err = ERROR_INIT;
	int64_t began_ms = now_ms;

	fixture_init(&fixture);
	owed_add_proof(fixture.server);
	assert_int_equal(proof_await(fixture.server, &err), ERR_NETWORK);
	assert_non_null(strstr(err.text, "fake does not use its new configuration"));
	assert_true(now_ms - began_ms >= fixture.server->proof_limit_ms);
	/* The error says it; the next reload owes nothing. */
	assert_false(owed_has_proof(fixture.server));
}

static void test_a_server_that_listens_has_proved_itself(void **state)
{
	AUTO(fixture) struct fixture fixture;
	AUTO(error) struct error err = ERROR_INIT;

	fixture_init(&fixture);
	assert_int_equal(listen(fixture.fd, 64), 0);
	owed_add_proof(fixture.server);
	expect_certificate(&fixture);
	assert_int_equal(proof_await(fixture.server, &err), 0);
	assert_int_equal(fake.asked, 1);
	assert_false(fake.asked_for_all);
	assert_int_equal(fixture.server->run->expected.names.count, 0);
}

/* There is no HTTP client here, so a look would crash. */
static void test_what_a_rollback_leaves_as_it_was_is_not_looked_at(void **state)
{
	AUTO(fixture) struct fixture fixture;
	AUTO(error) struct error err = ERROR_INIT;

	fixture_init(&fixture);
	fake.leaf = LEAF "\n";
	proof_note_old(fixture.server);
	assert_true(fake.asked_for_all);
	assert_int_equal(fixture.server->run->old_looks.count, 1);
	fake.leaf = LEAF;
	assert_int_equal(proof_await(fixture.server, &err), 0);
	assert_int_equal(fake.asked, 2);
	assert_int_equal(fixture.server->run->old_looks.count, 0);
}

static void test_the_leaf_is_the_first_certificate_of_a_chain(void **state)
{
	static const struct {
		const char *chain, *leaf;
	} cases[] = {
		{"-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n"
		 "-----BEGIN CERTIFICATE-----\nB\n-----END CERTIFICATE-----\n",
		 "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----"},
		{"-----BEGIN CERTIFICATE-----\nA\n", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct file_attributes attributes = {.mode = 0644};
		AUTO(error) struct error err = ERROR_INIT;
		AUTO_FREE char *leaf = NULL;

		assert_int_equal(file_replace("chain.pem", cases[i].chain, strlen(cases[i].chain),
					      &attributes, &err),
				 0);
		leaf = webserver_leaf("chain.pem");
		if (cases[i].leaf)
			assert_string_equal(leaf, cases[i].leaf);
		else
			assert_null(leaf);
	}
	assert_null(webserver_leaf("there is none"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_expectations_are_listed_once),
		scratch_test(test_looks_are_for_certificates_of_a_running_server),
		scratch_test(test_what_was_shown_after_its_deployment_is_not_looked_at_again),
		scratch_test(test_nothing_new_is_not_proved),
		scratch_test(test_a_server_that_is_stopped_proves_nothing),
		scratch_test(test_a_server_without_its_socket_is_an_error),
		scratch_test(test_a_server_that_listens_has_proved_itself),
		scratch_test(test_what_a_rollback_leaves_as_it_was_is_not_looked_at),
		scratch_test(test_the_leaf_is_the_first_certificate_of_a_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
