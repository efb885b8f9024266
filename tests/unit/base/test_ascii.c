/* Locale-free predicates and number parsing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/ascii.h"

static void test_integers_are_whole_and_bounded(void **state)
{
	int64_t value = 42;

	assert_false(str_to_int64("", 0, 10, &value));
	assert_false(str_to_int64(" 5", 0, 10, &value));
	assert_false(str_to_int64("5x", 0, 10, &value));
	assert_false(str_to_int64("11", 0, 10, &value));
	assert_false(str_to_int64("99999999999999999999", 0, INT64_MAX, &value));
	assert_int_equal(value, 42);
	assert_true(str_to_int64("-3", -5, 10, &value));
	assert_int_equal(value, -3);
}

static void test_string_comparisons(void **state)
{
	assert_true(str_starts("prefix-x", "prefix"));
	assert_false(str_starts("pre", "prefix"));
	assert_true(str_starts_nocase("HTTPs://a", "https://"));
	assert_false(str_starts_nocase("HTTP", "http://"));
	assert_false(str_starts_nocase("ftp://a", "http://"));
	assert_true(str_ends("a.conf", ".conf"));
	assert_false(str_ends("conf", ".conf"));
	assert_true(str_eq_nocase("AbC", "aBc"));
	assert_false(str_eq_nocase("abc", "abcd"));
	assert_true(str_eq_or_null(0, 0));
	assert_false(str_eq_or_null("a", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers_are_whole_and_bounded),
		cmocka_unit_test(test_string_comparisons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
