/* Control programs: their output, and their own words when they fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "webserver/control.h"

static int run_shell(const char *script, struct control_output *ret_output, struct error *err)
{
	const char *const argv[] = {"/bin/sh", "-c", script, NULL};

	return control_run(argv, ret_output, err);
}

static void test_output_is_given_back(void **state)
{
	AUTO(control_output) struct control_output output;
	AUTO(error) struct error err = ERROR_INIT;

	control_output_init(&output);
	assert_int_equal(run_shell("echo out; echo err >&2", &output, &err), 0);
	assert_string_equal(output.out.text, "out\n");
	assert_string_equal(output.errors.text, "err\n");
}

static void test_messages_are_english(void **state)
{
	AUTO(control_output) struct control_output output;
	AUTO(error) struct error err = ERROR_INIT;

	control_output_init(&output);
	assert_int_equal(run_shell("printf %s \"$LC_ALL\"", &output, &err), 0);
	assert_string_equal(output.out.text, "C");
}

static void test_failure_quotes_the_program(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(run_shell("printf 'bad \\033[31mthing\\n' >&2; exit 3", NULL, &err),
			 ERR_PLUGIN);
	assert_non_null(strstr(err.text, "status 3"));
	assert_non_null(strstr(err.text, "bad \\x1b[31mthing"));
}

static void test_missing_program_is_told_apart(void **state)
{
	const char *const argv[] = {"/nonexistent/nginx", "-t", NULL};
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(control_run(argv, NULL, &err), ERR_NOT_FOUND);
	assert_non_null(strstr(err.text, "/nonexistent/nginx -t"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_output_is_given_back),
		cmocka_unit_test(test_messages_are_english),
		cmocka_unit_test(test_failure_quotes_the_program),
		cmocka_unit_test(test_missing_program_is_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
