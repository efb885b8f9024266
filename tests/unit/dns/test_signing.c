/* What services that want signed requests have in common. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "dns/providers/signing.h"

static void test_urls_come_apart(void **state)
{
	static const struct {
		const char *url, *host, *path, *query;
	} rows[] = {
		{"https://a.example/v2/zones?b=2&a=1", "a.example", "/v2/zones", "b=2&a=1"},
		{"https://a.example:8443/", "a.example:8443", "/", ""},
		{"https://a.example", "a.example", "/", ""},
		{"https://a.example?x=/y", "a.example", "/", "x=/y"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct signing_url parts = signing_split(rows[i].url);
		AUTO_FREE char *host = span_dup(parts.host), *path = span_dup(parts.path);
		AUTO_FREE char *query = span_dup(parts.query);

		assert_string_equal(host, rows[i].host);
		assert_string_equal(path, rows[i].path);
		assert_string_equal(query, rows[i].query);
	}
}

static void test_queries_are_sorted_by_bytes(void **state)
{
	AUTO_FREE char *sorted = signing_sorted_query(span_of("b=2&a=1&B=3&a=0"));
	AUTO_FREE char *empty = signing_sorted_query(span_of(""));

	assert_string_equal(sorted, "B=3&a=0&a=1&b=2");
	assert_string_equal(empty, "");
}

static void test_times_have_no_punctuation(void **state)
{
	AUTO_FREE char *time = signing_time(1440938160);

	assert_string_equal(time, "20150830T123600Z");
}

/* RFC 4231 section 4.3. */
static void test_a_mac_is_of_a_text(void **state)
{
	AUTO(strbuf) struct strbuf digits = STRBUF_INIT;

	signing_add_mac("Je", "fe", (const char *const[]){"what do ya want for nothing?", NULL},
			&digits);
	assert_string_equal(digits.text,
			    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

/* The example of Amazon's documentation of signature version 4. */
static void test_each_mac_is_the_key_of_the_next(void **state)
{
	AUTO(strbuf) struct strbuf digits = STRBUF_INIT;

	signing_add_mac("AWS4", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
			(const char *const[]){"20150830", "us-east-1", "iam", "aws4_request", NULL},
			&digits);
	assert_string_equal(digits.text,
			    "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls_come_apart),
		cmocka_unit_test(test_queries_are_sorted_by_bytes),
		cmocka_unit_test(test_times_have_no_punctuation),
		cmocka_unit_test(test_a_mac_is_of_a_text),
		cmocka_unit_test(test_each_mac_is_the_key_of_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
