/* Finding who uses a certificate's files: comments do not count, neighbours' names do not
 * either. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "app/verbs/server_uses.h"
#include "base/alloc.h"
#include "os/file/file.h"

static void write_file(const char *dir, const char *name, const char *text)
{
	static const struct file_attributes attributes = {.mode = 0644};
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *path = path_join(dir, name);

	assert_int_equal(file_replace(path, text, strlen(text), &attributes, &err), 0);
}

static void test_names_file_and_line(void **state)
{
	char dir[] = "/tmp/certbot-test-XXXXXX";
	static const struct option rows[] = {
		{.dest = "nginx_server_root",
		 .names = "--nginx-server-root",
		 .type = OPTION_STRING,
		 .help = ""},
	};
	struct option_table table = {.rows = NULL};
	AUTO(settings) struct settings *settings = NULL;
	AUTO(strvec) struct strvec places = STRVEC_INIT;
	const struct strvec no_paths = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *expected = NULL;

	assert_non_null(mkdtemp(dir));
	write_file(dir, "site.conf",
		   "server {\n"
		   "  # ssl_certificate /lab/live/a.test/fullchain.pem;\n"
		   "  ssl_certificate /lab/live/a.test.example/fullchain.pem;\n"
		   "  ssl_certificate /lab/live/a.test/fullchain.pem;\n"
		   "}\n");
	option_table_add(&table, rows, ARRAY_LEN(rows));
	settings = settings_new(&table);
	settings_set_string(settings, "nginx_server_root", dir, ORIGIN_COMMAND_LINE);
	server_uses_find(settings, "/lab/live/a.test", &no_paths, &places);
	expected = xasprintf("%s/site.conf:4", dir);
	assert_int_equal(places.count, 1);
	assert_string_equal(places.items[0], expected);
	assert_int_equal(dir_remove_tree(dir, &err), 0);
	option_table_release(&table);
}

/* By whole words; a list's may be relative, but not that of a directory. */
static void test_finds_outputs_by_whole_words(void **state)
{
	char dir[] = "/tmp/certbot-test-XXXXXX";
	static const struct option rows[] = {
		{.dest = "haproxy_config",
		 .names = "--haproxy-config",
		 .type = OPTION_LIST,
		 .help = ""},
	};
	struct option_table table = {.rows = NULL};
	AUTO(settings) struct settings *settings = NULL;
	AUTO(strvec) struct strvec places = STRVEC_INIT;
	AUTO(strvec) struct strvec paths = STRVEC_INIT;
	AUTO(strvec) struct strvec config = STRVEC_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *joined = NULL;
	AUTO_FREE char *text = NULL;
	AUTO_FREE char *expected = NULL;

	assert_non_null(mkdtemp(dir));
	strvec_pushf(&paths, "%s/certs/a.test.pem", dir);
	strvec_pushf(&paths, "%s/certs", dir);
	strvec_give(&config, path_join(dir, "haproxy.cfg"));
	assert_int_equal(mkdir(paths.items[1], 0700), 0);
	text = xasprintf("bind :1 ssl crt %s.old crt %s/b.a.test.pem\n"
			 "bind :2 ssl crt '%s' alpn h2\n"
			 "bind :3 ssl crt %s/\n"
			 "bind :4 ssl crt /other/certs crt certs crt /other/a.test.pem\n",
			 paths.items[0], paths.items[1], paths.items[0], paths.items[1]);
	write_file(dir, "haproxy.cfg", text);
	write_file(dir, "list", "# certs/a.test.pem\ncerts/a.test.pem [alpn h2] a.test\n");
	option_table_add(&table, rows, ARRAY_LEN(rows));
	settings = settings_new(&table);
	settings_set_list(settings, "haproxy_config", &config, ORIGIN_COMMAND_LINE);
	server_uses_find(settings, "/lab/live/a.test", &paths, &places);
	joined = strvec_join(&places, " ");
	expected = xasprintf("%s/haproxy.cfg:2 %s/haproxy.cfg:3 %s/list:2", dir, dir, dir);
	assert_string_equal(joined, expected);
	assert_int_equal(dir_remove_tree(dir, &err), 0);
	option_table_release(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_file_and_line),
		cmocka_unit_test(test_finds_outputs_by_whole_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
