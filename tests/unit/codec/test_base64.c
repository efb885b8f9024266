/* Base64 in both alphabets: RFC 4648 vectors and everything a strict reader refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/base64.h"

static const struct {
	const char *plain, *standard, *url;
} vectors[] = {
	{"", "", ""},
	{"f", "Zg==", "Zg"},
	{"fo", "Zm8=", "Zm8"},
	{"foo", "Zm9v", "Zm9v"},
	{"foob", "Zm9vYg==", "Zm9vYg"},
	{"fooba", "Zm9vYmE=", "Zm9vYmE"},
	{"foobar", "Zm9vYmFy", "Zm9vYmFy"},
	{"\xfb\xef\xbe\xff", "++++/w==", "----_w"},
};

static void test_vectors_go_both_ways(void **state)
{
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(strbuf) struct strbuf standard = STRBUF_INIT, url = STRBUF_INIT;
		AUTO(strbuf) struct strbuf back = STRBUF_INIT;

		base64_encode(&standard, vectors[i].plain, strlen(vectors[i].plain));
		base64url_encode(&url, vectors[i].plain, strlen(vectors[i].plain));
		assert_string_equal(standard.text, vectors[i].standard);
		assert_string_equal(url.text, vectors[i].url);
		assert_int_equal(base64_decode(&back, span_of(standard.text), &err), 0);
		assert_string_equal(back.text, vectors[i].plain);
		assert_int_equal(base64url_decode(&back, span_of(url.text), &err), 0);
		assert_int_equal(back.len, 2 * strlen(vectors[i].plain));
	}
}

static void assert_refused(int (*decode)(struct strbuf *, struct span, struct error *),
			   const char *text)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	strbuf_adds(&out, "kept");
	assert_int_equal(decode(&out, span_of(text), &err), ERR_PARSE);
	assert_string_equal(out.text, "kept");
	assert_null(strstr(err.text, *text ? text : "?"));
}

static void test_standard_refuses_what_is_not_canonical(void **state)
{
	static const char *const bad[] = {
		"Zg",   "Zg=",  "Zg===", "Z===", "====",     "Zm9v====", "Zm9v\n",
		"Zm 9", "Zh==", "Zm9=",  "-_-_", "Zg==Zg==", "=Zg=",     "\xc3\xa9z="};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused(base64_decode, bad[i]);
}

static void test_url_refuses_padding_and_the_other_alphabet(void **state)
{
	static const char *const bad[] = {"Zg==", "Z", "Zm9vY", "+/+/", "Zh", "Zm9", " Zg", "Zg "};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused(base64url_decode, bad[i]);
}

static void test_nul_bytes_are_bytes(void **state)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	assert_int_equal(base64url_decode(&out, span_of("AAAA"), &err), 0);
	assert_int_equal(out.len, 3);
	assert_memory_equal(out.text, "\0\0\0", 3);
	assert_int_equal(base64url_decode(&out, span_make("AA\0A", 4), &err), ERR_PARSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors_go_both_ways),
		cmocka_unit_test(test_standard_refuses_what_is_not_canonical),
		cmocka_unit_test(test_url_refuses_padding_and_the_other_alphabet),
		cmocka_unit_test(test_nul_bytes_are_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
