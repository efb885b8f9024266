/* Failures that only a log knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/why/gather_parts.h"
#include "base/alloc.h"

#define AT "2026-11-30 08:00:00,123:DEBUG:certbot._internal.main:"
#define REPORT(name) "  Identifier: " name "\n  Type:   unauthorized\n  Detail: 192.0.2.1: 404\n\n"

static bool read_log(const char *text, bool is_running, struct fact_failure *ret)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	strvec_push(&names, "www.a.test");
	return gather_log_read(text, &names, is_running, ret);
}

static void test_report_of_the_ca_is_taken(void **state)
{
	struct fact_failure failure = {.text = NULL};

	assert_true(read_log(AT "Arguments: ['-d', 'www.a.test']\n" REPORT("b.test")
				     REPORT("www.a.test") AT
			     "exiting with error (challenge): Some challenges have failed.\n",
			     false, &failure));
	assert_string_equal(failure.text, "192.0.2.1: 404");
	assert_string_equal(failure.problem, "unauthorized");
	assert_string_equal(failure.identifier, "www.a.test");
	assert_string_equal(failure.code, "challenge");
	fact_failure_release(&failure);
}

static void test_text_of_other_errors_is_taken(void **state)
{
	struct fact_failure failure = {.text = NULL};

	assert_true(read_log(AT "Arguments: ['-d', 'b.test,www.a.test']\n" AT
				"exiting with error (network): cannot resolve 'ca.test'\n",
			     false, &failure));
	assert_string_equal(failure.text, "cannot resolve 'ca.test'");
	assert_string_equal(failure.code, "network");
	assert_null(failure.problem);
	fact_failure_release(&failure);
}

static void test_success_is_no_failure(void **state)
{
	struct fact_failure failure = {.text = NULL};

	assert_true(read_log(AT "Arguments: ['-d', 'www.a.test']\n" REPORT("www.a.test"), false,
			     &failure));
	assert_null(failure.text);
	assert_null(failure.identifier);
}

static void test_run_that_asks_has_no_end_yet(void **state)
{
	struct fact_failure failure = {.text = NULL};

	assert_true(read_log(REPORT("www.a.test"), true, &failure));
	assert_string_equal(failure.text, "192.0.2.1: 404");
	fact_failure_release(&failure);
}

static void test_run_about_other_names_does_not_count(void **state)
{
	struct fact_failure failure = {.text = NULL};

	assert_false(read_log(AT "Arguments: ['-d', 'xwww.a.test']\n" REPORT("b.test") AT
			      "exiting with error (acme): no\n",
			      false, &failure));
	assert_null(failure.text);
}

static void test_lines_that_are_cut_are_harmless(void **state)
{
	static const char *const texts[] = {"",
					    "exiting with error (",
					    "exiting with error (x",
					    "exiting with error (x)",
					    "Arguments: ",
					    "Type:",
					    "Failed to renew certificate "};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct fact_failure failure = {.text = NULL};

		assert_false(read_log(texts[i], false, &failure));
		assert_null(failure.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_report_of_the_ca_is_taken),
		cmocka_unit_test(test_text_of_other_errors_is_taken),
		cmocka_unit_test(test_success_is_no_failure),
		cmocka_unit_test(test_run_that_asks_has_no_end_yet),
		cmocka_unit_test(test_run_about_other_names_does_not_count),
		cmocka_unit_test(test_lines_that_are_cut_are_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
