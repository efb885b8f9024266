/* Header fields: look-up, Link, Retry-After. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "codec/headers.h"

enum { NOW = 784111000 };

static void test_names_have_no_case_and_the_first_wins(void **state)
{
	AUTO(headers) struct headers headers = HEADERS_INIT;

	headers_add(&headers, "replay-nonce", "one");
	headers_add(&headers, "Replay-Nonce", "two");
	assert_string_equal(headers_get(&headers, "Replay-Nonce"), "one");
	assert_null(headers_get(&headers, "Replay"));
}

/* The targets of rel="alternate" in the fields, joined by blanks. */
static char *alternates(const char *first, const char *second)
{
	AUTO(headers) struct headers headers = HEADERS_INIT;
	AUTO(strvec) struct strvec urls = STRVEC_INIT;

	headers_add(&headers, "Link", first);
	headers_add(&headers, "X-Link", "<https://no.test/>;rel=alternate");
	if (second)
		headers_add(&headers, "link", second);
	headers_links(&headers, "https://ca.test/cert/1", "alternate", &urls);
	return strvec_join(&urls, " ");
}

static void assert_alternates(const char *field, const char *expected)
{
	AUTO_FREE char *found = alternates(field, NULL);

	assert_string_equal(found, expected);
}

static void test_links_in_every_spelling(void **state)
{
	AUTO_FREE char *both = alternates("<https://a.test/1>;rel=\"index\"",
					  "<https://a.test/2>;rel=\"alternate\"");

	assert_string_equal(both, "https://a.test/2");
	assert_alternates("<https://a.test/1>;rel=\"alternate\", <https://a.test/2>; rel=alternate",
			  "https://a.test/1 https://a.test/2");
	assert_alternates("<https://a.test/1> ; title=\"a,b;rel=x\" ; REL = \"up Alternate\"",
			  "https://a.test/1");
	assert_alternates("<https://a.test/a,b>;rel=\"alter\\nate\"", "https://a.test/a,b");
	assert_alternates("</cert/1/1>;rel=alternate, <2>;rel=alternate",
			  "https://ca.test/cert/1/1");
	assert_alternates("<https://a.test/1>;rel=up;rel=alternate", "");
	assert_alternates("<https://a.test/1>;rel=alternates", "");
	assert_alternates(", ,<https://a.test/1>;rel=alternate,", "https://a.test/1");
}

static void test_malformed_links_are_passed_over(void **state)
{
	static const char *const bad[] = {
		"",
		"<",
		"<https://a.test/1",
		"<https://a.test/1>",
		"https://a.test/1;rel=alternate",
		"<relative>;rel=alternate",
		"<http:x>;rel=alternate",
		"<https://a.test/ >;rel=alternate",
		"<https://a.test/1>;rel=\"alternate",
		"<https://a.test/1>;rel=\"alternate\\",
		"<https://a.test/1>rel=alternate",
		"<https://a.test/1>;rel=\"\"",
		"<https://a.test/1>;=alternate",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_alternates(bad[i], "");
}

static int64_t retry_after(const char *value)
{
	AUTO(headers) struct headers headers = HEADERS_INIT;

	if (value)
		headers_add(&headers, "Retry-After", value);
	return headers_retry_after(&headers, NOW);
}

static void test_retry_after_counts_seconds_from_now(void **state)
{
	assert_int_equal(retry_after("0"), NOW);
	assert_int_equal(retry_after(" 120 "), NOW + 120);
	assert_int_equal(retry_after("99999999999999999999"), NOW + (int64_t)INT32_MAX);
}

static void test_retry_after_accepts_http_dates(void **state)
{
	assert_int_equal(retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
	assert_int_equal(retry_after("Sunday, 06-Nov-94 08:49:37 GMT"), 784111777);
	assert_int_equal(retry_after("Sun Nov  6 08:49:37 1994"), 784111777);
	assert_int_equal(retry_after("Sun, 06 Nov 1988 08:49:37 GMT"), NOW);
}

static void test_retry_after_ignores_what_it_cannot_read(void **state)
{
	assert_int_equal(retry_after(NULL), 0);
	assert_int_equal(retry_after(""), 0);
	assert_int_equal(retry_after("-5"), 0);
	assert_int_equal(retry_after("1.5"), 0);
	assert_int_equal(retry_after("soon"), 0);
	assert_int_equal(retry_after("2025-01-02T03:04:05Z"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_have_no_case_and_the_first_wins),
		cmocka_unit_test(test_links_in_every_spelling),
		cmocka_unit_test(test_malformed_links_are_passed_over),
		cmocka_unit_test(test_retry_after_counts_seconds_from_now),
		cmocka_unit_test(test_retry_after_accepts_http_dates),
		cmocka_unit_test(test_retry_after_ignores_what_it_cannot_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
