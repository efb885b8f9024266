/*
 * cli.ini, line by line: the folders of tests/cases/cliini. `expected` has "LINE KEY=<VALUE>" for
 * each setting, or "LINE KEY" for a key that stands alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cases.h"
#include "codec/cliini.h"

static int print_setting(void *context, const char *key, const char *value, int line,
			 struct error *err)
{
	struct strbuf *out = context;

	strbuf_addf(out, "%d %s", line, key);
	if (value)
		strbuf_addf(out, "=<%s>", value);
	strbuf_addc(out, '\n');
	return 0;
}

static int render(const struct strbuf *input, struct strbuf *out, struct error *err)
{
	return cliini_parse(input->text, input->len, "input", print_setting, out, err);
}

static void test_case_folders(void **state)
{
	cases_run("cliini", render);
}

static int refuse(void *context, const char *key, const char *value, int line, struct error *err)
{
	return error_set(err, ERR_USAGE, "unknown key '%s'", key);
}

static void test_refusal_gets_file_and_line(void **state)
{
	static const char text[] = "\n# x\nkey = value\n";
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(cliini_parse(text, strlen(text), "/x/cli.ini", refuse, NULL, &err),
			 ERR_USAGE);
	assert_string_equal(err.text, "/x/cli.ini:3: unknown key 'key'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_case_folders),
		cmocka_unit_test(test_refusal_gets_file_and_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
