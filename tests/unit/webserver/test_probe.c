/* Requests that prove a reload: how they look, which answers count, waiting for a server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/clock.h"
#include "webserver/probe.h"

static char any[] = "127.0.0.1", any6[] = "::1", host[] = "a.example", path[] = "/t",
	    body[] = "t.k";

static bool prints(const struct probe *probe, const char *wanted)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	probe_print_request(probe, &text);
	return strncmp(text.text, wanted, strlen(wanted)) == 0;
}

static void test_request_names_host_and_path(void **state)
{
	const struct probe probe = {.address = any, .port = 80, .host = host, .path = path};

	assert_true(prints(&probe, "GET /t HTTP/1.0\r\nHost: a.example\r\n"));
}

static void test_proxy_line_comes_first(void **state)
{
	struct probe probe = {
		.address = any, .port = 80, .host = host, .path = path, .proxy_protocol = true};

	assert_true(prints(&probe, "PROXY TCP4 127.0.0.1 127.0.0.1 65535 80\r\nGET "));
	probe.address = any6;
	assert_true(prints(&probe, "PROXY TCP6 ::1 ::1 65535 80\r\nGET "));
}

static void test_only_the_whole_body_fits(void **state)
{
	assert_true(probe_answer_fits(span_of("HTTP/1.1 200 OK\r\nA: b\r\n\r\nt.k"), "t.k"));
	assert_false(probe_answer_fits(span_of("HTTP/1.1 200 OK\r\nA: b\r\n\r\nt.k\n"), "t.k"));
	assert_false(probe_answer_fits(span_of("HTTP/1.1 404 No\r\n\r\nt.k"), "t.k"));
	assert_false(probe_answer_fits(span_of("HTTP/1.1 200 OK\r\nt.k"), "t.k"));
	assert_false(probe_answer_fits(span_of("HTTP/1.1 20"), "t.k"));
	assert_false(probe_answer_fits(span_of(""), "t.k"));
}

static void test_pem_is_compared_without_its_line_ends(void **state)
{
	assert_true(probe_is_same_pem("-----A-----\nMIIB\nQ==\n-----B-----\n",
				      "-----A-----\r\nMIIBQ==\r\n-----B-----"));
	assert_false(probe_is_same_pem("MIIBQ==", "MIIBR=="));
	assert_false(probe_is_same_pem("MIIB", "MIIBQ=="));
	assert_false(probe_is_same_pem("MIIBQ==", ""));
	assert_true(probe_is_same_pem("", "\n"));
}

static int listen_somewhere(unsigned *ret_port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	*ret_port = ntohs(address.sin_port);
	return fd;
}

/* Answers with 404 as often as told, then with the body. */
NORETURN static void answer(int fd, int wrong)
{
	for (;; wrong--) {
		int peer = accept(fd, NULL, NULL);
		const char *text = wrong > 0 ? "HTTP/1.0 404 No\r\n\r\n"
					     : "HTTP/1.0 200 OK\r\n\r\nt.k";
		char request[1024];

		(void)!read(peer, request, sizeof(request));
		(void)!write(peer, text, strlen(text));
		close(peer);
	}
}

static pid_t serve(int fd, int wrong)
{
	pid_t pid = fork();

	if (pid == 0)
		answer(fd, wrong);
	return pid;
}

static int wait_for(const struct probe *probe, int64_t limit_ms, struct error *err)
{
	AUTO(probes) struct probes probes = PROBES_INIT;
	const struct probe_means means = {.clock = clock_system()};
	size_t open = 0;

	probes_add(&probes, probe);
	return probes_wait(&probes, &means, limit_ms, &open, err);
}

static void test_waits_for_the_new_answer(void **state)
{
	struct probe probe = {.address = any, .host = host, .path = path, .body = body};
	int fd = listen_somewhere(&probe.port);
	pid_t pid = serve(fd, 3);
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(wait_for(&probe, 5000, &err), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fd);
}

static void test_says_what_was_answered(void **state)
{
	struct probe probe = {.address = any, .host = host, .path = path, .body = body};
	int fd = listen_somewhere(&probe.port);
	pid_t pid = serve(fd, 1000000);
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(wait_for(&probe, 100, &err), ERR_NETWORK);
	assert_non_null(strstr(err.text, "HTTP/1.0 404 No"));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fd);
}

static void test_nobody_listens(void **state)
{
	struct probe probe = {.address = any, .host = host, .path = path, .body = body};
	AUTO(error) struct error err = ERROR_INIT;

	close(listen_somewhere(&probe.port));
	assert_int_equal(wait_for(&probe, 50, &err), ERR_NETWORK);
}

/* An address of nobody's (RFC 5737), as another node's or a router's looks from here. */
static char foreign[] = "192.0.2.1", foreign6[] = "2001:db8::1";

static void test_foreign_addresses_are_passed_over_at_once(void **state)
{
	char *const addresses[] = {foreign, foreign6};

	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		struct probe probe = {.address = addresses[i], .port = 80, .host = host};
		int64_t start = clock_system()->mono_ms(NULL);
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(wait_for(&probe, 60000, &err), 0);
		probe.path = path;
		probe.body = body;
		assert_int_equal(wait_for(&probe, 60000, &err), 0);
		assert_true(clock_system()->mono_ms(NULL) - start < 30000);
	}
}

static void test_foreign_addresses_tell_nothing(void **state)
{
	struct probe items[] = {{.address = foreign, .port = 80}, {.address = any, .port = 80}};
	const struct probes none = {.items = items, .count = 0};
	const struct probes others = {.items = items, .count = 1};
	const struct probes both = {.items = items, .count = 2};

	assert_false(probes_can_tell(&none));
	assert_false(probes_can_tell(&others));
	assert_true(probes_can_tell(&both));
}

static void test_open_one_is_named_by_its_place_among_all(void **state)
{
	AUTO(probes) struct probes probes = PROBES_INIT;
	const struct probe_means means = {.clock = clock_system()};
	struct probe probe = {.address = foreign, .port = 80};
	AUTO(error) struct error err = ERROR_INIT;
	size_t open = 0;

	probes_add(&probes, &probe);
	close(listen_somewhere(&probe.port));
	probe.address = any;
	probes_add(&probes, &probe);
	assert_int_equal(probes_wait(&probes, &means, 50, &open, &err), ERR_NETWORK);
	assert_int_equal(open, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_names_host_and_path),
		cmocka_unit_test(test_proxy_line_comes_first),
		cmocka_unit_test(test_only_the_whole_body_fits),
		cmocka_unit_test(test_pem_is_compared_without_its_line_ends),
		cmocka_unit_test(test_waits_for_the_new_answer),
		cmocka_unit_test(test_says_what_was_answered),
		cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_foreign_addresses_are_passed_over_at_once),
		cmocka_unit_test(test_foreign_addresses_tell_nothing),
		cmocka_unit_test(test_open_one_is_named_by_its_place_among_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
