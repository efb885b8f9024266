/* Finding who uses a certificate's files: comments do not count, neighbours' names do not
 * either. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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
	server_uses_find(settings, "/lab/live/a.test", &places);
	expected = xasprintf("%s/site.conf:4", dir);
	assert_int_equal(places.count, 1);
	assert_string_equal(places.items[0], expected);
	assert_int_equal(dir_remove_tree(dir, &err), 0);
	option_table_release(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_file_and_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
