/* Span steps: lines with either ending, splitting, trimming. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/span.h"

static void test_lines_end_in_lf_crlf_or_nothing(void **state)
{
	struct span rest = span_of("one\r\n\ntwo\nthree");
	struct span line;

	assert_true(span_take_line(&rest, &line));
	assert_true(span_eq(line, "one"));
	assert_true(span_take_line(&rest, &line));
	assert_true(span_eq(line, ""));
	assert_true(span_take_line(&rest, &line));
	assert_true(span_eq(line, "two"));
	assert_true(span_take_line(&rest, &line));
	assert_true(span_eq(line, "three"));
	assert_false(span_take_line(&rest, &line));
}

static void test_trim_and_prefix(void **state)
{
	struct span rest = span_trim(span_of("  Bearer token \t"));

	assert_false(span_skip_prefix(&rest, "bearer"));
	assert_true(span_skip_prefix(&rest, "Bearer "));
	assert_true(span_eq_nocase(rest, "TOKEN"));
	assert_false(span_has_nul(rest));
	assert_true(span_has_nul(span_make("a\0b", 3)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_end_in_lf_crlf_or_nothing),
		cmocka_unit_test(test_trim_and_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
