/* Staged files: who may read them once they are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "os/scratch.h"
#include "webserver/server_parts.h"
#include "webserver/webserver.h"

static void open_server(struct webserver *server)
{
	server->root = xstrdup(scratch_dir);
}

static int load(struct webserver *server, struct error *err)
{
	return 0;
}

static void unload(struct webserver *server)
{
}

static const struct webserver_kind kind = {.name = "fake", .load = load, .unload = unload};
static const struct webserver_plugin row = {
	.plugin = {.name = "fake"}, .kind = &kind, .open = open_server};

/* A server in the scratch directory, whose transactions are kept there too. */
struct fixture {
	struct option_table table;
	struct settings *settings;
	struct plugin_host host;
	struct plugin_instance instance;
	struct webserver *server;
};

static void fixture_init(struct fixture *fixture)
{
	*fixture = (struct fixture){.instance = {.plugin = &row.plugin}};
	option_table_init(&fixture->table);
	fixture->settings = settings_new(&fixture->table);
	settings_set_string(fixture->settings, "work_dir", scratch_dir, ORIGIN_RUNTIME);
	settings_set_string(fixture->settings, "config_dir", scratch_dir, ORIGIN_RUNTIME);
	fixture->host.settings = fixture->settings;
	fixture->instance.host = &fixture->host;
	fixture->server = webserver_of(&fixture->instance);
}

static void fixture_release(struct fixture *fixture)
{
	webserver_close(&fixture->instance);
	settings_free(fixture->settings);
	option_table_release(&fixture->table);
}

static char *path_of(const char *name)
{
	return path_join(scratch_dir, name);
}

static void write_staged(struct fixture *fixture)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (staging_write(fixture->server, TXN_PERMANENT, &err) < 0)
		fail_msg("%s", err.text);
}

static mode_t mode_of(const char *path)
{
	struct stat attributes;

	assert_int_equal(stat(path, &attributes), 0);
	return attributes.st_mode & 07777;
}

static const struct file_attributes secret = {.mode = 0600};

static void test_a_new_secret_is_not_for_everybody(void **state)
{
	AUTO_FREE char *path = path_of("key.map"), *plain = path_of("plain");
	struct fixture fixture;

	umask(0);
	fixture_init(&fixture);
	webserver_stage_secret(fixture.server, path, span_of("one"), &secret);
	/* An edit of it on top. */
	webserver_stage(fixture.server, path, span_of("two"));
	webserver_stage(fixture.server, plain, span_of("three"));
	write_staged(&fixture);
	assert_int_equal(mode_of(path), 0600);
	assert_int_equal(mode_of(plain), 0644);
	fixture_release(&fixture);
}

static void test_a_secret_in_an_existing_file_narrows_it_until_it_is_undone(void **state)
{
	AUTO_FREE char *path = path_of("main.cf");
	const struct file_attributes open_to_all = {.mode = 0664};
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct fixture fixture;

	assert_int_equal(file_create(path, "old", 3, &open_to_all, &err), 0);
	fixture_init(&fixture);
	webserver_stage_secret(fixture.server, path, span_of("password"), &secret);
	write_staged(&fixture);
	assert_int_equal(mode_of(path), 0600);
	fixture_release(&fixture); /* not saved */
	assert_int_equal(mode_of(path), 0664);
	assert_int_equal(file_read(path, 100, &text, &err), 0);
	assert_string_equal(text.text, "old");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_a_new_secret_is_not_for_everybody),
		scratch_test(test_a_secret_in_an_existing_file_narrows_it_until_it_is_undone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
