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
static void test_a_key_becomes_the_mac_of_a_text(void **state)
{
	AUTO(secret) struct secret key = SECRET_INIT;
	AUTO(strbuf) struct strbuf digits = STRBUF_INIT;

	secret_set(&key, "Jefe", 4);
	signing_derive(&key, "what do ya want for nothing?");
	strbuf_add_hex(&digits, secret_peek(&key), key.len);
	assert_string_equal(digits.text,
			    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls_come_apart),
		cmocka_unit_test(test_queries_are_sorted_by_bytes),
		cmocka_unit_test(test_times_have_no_punctuation),
		cmocka_unit_test(test_a_key_becomes_the_mac_of_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
