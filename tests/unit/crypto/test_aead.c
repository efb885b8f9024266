/* Sealed values: they open where they belong, and nowhere else, whatever is changed in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/aead.h"

static int open_text(const struct secret *key, const char *bound, const struct strbuf *sealed,
		     struct secret *ret_plain)
{
	AUTO(error) struct error err = ERROR_INIT;

	return aead_open(key, span_of(bound), span_make(sealed->text, sealed->len), ret_plain,
			 &err);
}

static void test_opens_what_it_sealed(void **state)
{
	static const char *const texts[] = {"", "x", "a longer text than one block of the cipher"};
	AUTO(secret) struct secret key = SECRET_INIT;

	aead_make_key(&key);
	assert_int_equal(key.len, AEAD_KEY_LEN);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO(strbuf) struct strbuf sealed = STRBUF_INIT;
		AUTO(secret) struct secret plain = SECRET_INIT;

		aead_seal(&key, span_of("place"), span_of(texts[i]), &sealed);
		assert_int_equal(sealed.len, strlen(texts[i]) + AEAD_OVERHEAD);
		assert_int_equal(open_text(&key, "place", &sealed, &plain), 0);
		assert_string_equal(secret_peek(&plain), texts[i]);
	}
}

static void test_refuses_each_changed_byte(void **state)
{
	AUTO(secret) struct secret key = SECRET_INIT;
	AUTO(strbuf) struct strbuf sealed = STRBUF_INIT;

	aead_make_key(&key);
	aead_seal(&key, span_of("place"), span_of("text"), &sealed);
	for (size_t i = 0; i < sealed.len; i++) {
		AUTO(secret) struct secret plain = SECRET_INIT;

		sealed.text[i] ^= 1;
		assert_int_equal(open_text(&key, "place", &sealed, &plain), ERR_REFUSED);
		assert_null(plain.bytes);
		sealed.text[i] ^= 1;
	}
}

static void test_refuses_another_place_key_or_length(void **state)
{
	AUTO(secret) struct secret key = SECRET_INIT, other = SECRET_INIT, plain = SECRET_INIT;
	AUTO(strbuf) struct strbuf sealed = STRBUF_INIT;

	aead_make_key(&key);
	aead_make_key(&other);
	aead_seal(&key, span_of("place"), span_of("text"), &sealed);
	assert_int_equal(open_text(&key, "", &sealed, &plain), ERR_REFUSED);
	assert_int_equal(open_text(&key, "placf", &sealed, &plain), ERR_REFUSED);
	assert_int_equal(open_text(&other, "place", &sealed, &plain), ERR_REFUSED);
	while (sealed.len) {
		strbuf_truncate(&sealed, sealed.len - 1);
		assert_int_equal(open_text(&key, "place", &sealed, &plain), ERR_REFUSED);
	}
}

/* The guards of a fleet's writes rely on it (fleet/engine.h). */
static void test_never_seals_to_the_same_bytes(void **state)
{
	AUTO(secret) struct secret key = SECRET_INIT;
	AUTO(strbuf) struct strbuf first = STRBUF_INIT, second = STRBUF_INIT;

	aead_make_key(&key);
	aead_seal(&key, span_of("place"), span_of("text"), &first);
	aead_seal(&key, span_of("place"), span_of("text"), &second);
	assert_int_equal(first.len, second.len);
	assert_memory_not_equal(first.text, second.text, first.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opens_what_it_sealed),
		cmocka_unit_test(test_refuses_each_changed_byte),
		cmocka_unit_test(test_refuses_another_place_key_or_length),
		cmocka_unit_test(test_never_seals_to_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
