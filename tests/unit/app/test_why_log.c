/* Failures that only a log knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "app/why/gather_parts.h"
#include "base/alloc.h"
#include "base/strbuf.h"
#include "os/scratch.h"

#define AT "2026-11-30 08:00:00,123:DEBUG:certbot._internal.main:"
#define REPORT(name) "  Identifier: " name "\n  Type:   unauthorized\n  Detail: 192.0.2.1: 404\n\n"

static bool read_log(const char *text, bool is_running, struct fact_failure *ret)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	strvec_push(&names, "www.a.test");
	return gather_log_read(span_of(text), &names, is_running, ret);
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

/* ---- Files ---- */

static void write_log(const char *name, const char *bytes, size_t len)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void ask_logs(struct fact_failure *ret)
{
	struct gather_logs *logs = gather_logs_new(".", false);
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	strvec_push(&names, "www.a.test");
	gather_log(logs, 0, &names, ret);
	gather_logs_free(logs);
}

static const char failed_run[] = AT "Arguments: ['-d', 'www.a.test']\n" AT
				    "exiting with error (network): cannot resolve\n";

/* After a crash a log has blocks of zeros; what servers send may be anything. */
static void test_damaged_log_is_read_and_shown_harmlessly(void **state)
{
	static const char bytes[] = "\0\0\xff\xfe\n" AT "Arguments: ['-d', 'www.a.test']\n"
				    "  Identifier: www.a.test\n  Detail: \x1b[31m\xff red\n" AT
				    "exiting with error (challenge): no\n";
	struct fact_failure failure = {.text = NULL};

	write_log("letsencrypt.log", bytes, sizeof(bytes) - 1);
	ask_logs(&failure);
	assert_string_equal(failure.text, "\\x1b[31m\\xff red");
	fact_failure_release(&failure);
}

/* Not the one before it: that is no longer how things are. */
static void test_end_of_a_huge_log_counts(void **state)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct fact_failure failure = {.text = NULL};

	write_log("letsencrypt.log.1", failed_run, sizeof(failed_run) - 1);
	while (text.len < 2 * 1024 * 1024)
		strbuf_adds(&text, AT "the CA answers 200\n");
	strbuf_adds(&text, AT "Arguments: ['-d', 'www.a.test']\n" AT
			      "exiting with error (acme): the newer one\n");
	write_log("letsencrypt.log", text.text, text.len);
	ask_logs(&failure);
	assert_string_equal(failure.text, "the newer one");
	fact_failure_release(&failure);
}

static void test_log_that_is_no_file_is_passed_over(void **state)
{
	struct fact_failure failure = {.text = NULL};

	assert_int_equal(mkfifo("letsencrypt.log", 0600), 0);
	write_log("letsencrypt.log.1", failed_run, sizeof(failed_run) - 1);
	ask_logs(&failure);
	assert_string_equal(failure.text, "cannot resolve");
	fact_failure_release(&failure);
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
		scratch_test(test_damaged_log_is_read_and_shown_harmlessly),
		scratch_test(test_end_of_a_huge_log_counts),
		scratch_test(test_log_that_is_no_file_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
