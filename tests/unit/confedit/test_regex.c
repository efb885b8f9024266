/* Regular expressions of server names, by PCRE2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "confedit/regex.h"

static bool matches(const char *pattern, const char *text, unsigned flags)
{
	AUTO(error) struct error err = ERROR_INIT;
	bool result = false;

	assert_int_equal(regex_search(pattern, text, flags, &result, &err), 0);
	return result;
}

static void test_matches_what_nginx_matches(void **state)
{
	assert_true(matches("^www\\d+\\.example\\.org$", "www12.example.org", 0));
	assert_false(matches("^www\\d+\\.example\\.org$", "www.example.org", 0));
	assert_true(matches("example", "www.example.org", 0));
	assert_true(matches("^(?<sub>.+)\\.example\\.org$", "a.b.example.org", 0));
	assert_true(matches("^(?!admin\\.).*\\.example\\.org$", "www.example.org", 0));
	assert_false(matches("^(?!admin\\.).*\\.example\\.org$", "admin.example.org", 0));
	assert_true(matches("^(\\w)\\1\\.test$", "aa.test", 0));
	assert_true(matches("^a++b$", "aab", 0));
	assert_true(matches("^WWW", "www.test", REGEX_CASELESS));
	assert_false(matches("^WWW", "www.test", 0));
}

static void test_bad_expression_is_refused_in_pcre2s_words(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	bool result;

	assert_int_equal(regex_search("^(a", "a", 0, &result, &err), ERR_PARSE);
	assert_non_null(strstr(err.text, "'^(a': missing"));
}

/* However long PCRE2 might go on, there is an end. */
static void test_backtracking_has_an_end(void **state)
{
	static const char name[] =
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test";
	AUTO(error) struct error err = ERROR_INIT;
	bool result;

	assert_int_equal(regex_search("^(a+|a?)+\\1*$", name, 0, &result, &err), ERR_REFUSED);
	assert_non_null(strstr(err.text, "limit"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches_what_nginx_matches),
		cmocka_unit_test(test_bad_expression_is_refused_in_pcre2s_words),
		cmocka_unit_test(test_backtracking_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
