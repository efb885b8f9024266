/* Keys: made, written, read; and the files that josepy and cryptography write for the same keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/pem.h"
#include "crypto/der.h"
#include "crypto/digest.h"
#include "crypto/key/key_parts.h"
#include "crypto/key/key_scan.h"
#include "crypto/key/token.h"
#include "fixtures.h"

static struct key *generated(enum key_kind kind, int bits, const char *curve)
{
	const struct key_spec spec = {.kind = kind, .rsa_bits = bits, .curve = curve};
	AUTO(error) struct error err = ERROR_INIT;
	struct key *key = NULL;

	if (key_generate(&spec, &key, &err) < 0)
		fail_msg("%s", err.text);
	return key;
}

static void assert_same_public_half(const struct key *a, const struct key *b)
{
	AUTO(strbuf) struct strbuf a_pem = STRBUF_INIT, b_pem = STRBUF_INIT;

	key_public_pem(a, &a_pem);
	key_public_pem(b, &b_pem);
	assert_string_equal(a_pem.text, b_pem.text);
}

/* Through PEM and through JWK. */
static void assert_survives_writing(const struct key *key)
{
	AUTO(secret) struct secret pem = SECRET_INIT, json = SECRET_INIT, again = SECRET_INIT;
	AUTO(key) struct key *from_pem = NULL, *from_jwk = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	key_to_pem(key, &pem);
	assert_memory_equal(pem.bytes, "-----BEGIN PRIVATE KEY-----\n", 28);
	assert_int_equal(key_from_pem(pem.bytes, pem.len, &from_pem, &err), 0);
	assert_same_public_half(key, from_pem);
	key_to_jwk(key, &json);
	assert_int_equal(key_from_jwk(json.bytes, json.len, &from_jwk, &err), 0);
	assert_same_public_half(key, from_jwk);
	key_to_pem(from_jwk, &again);
	assert_string_equal(pem.bytes, again.bytes);
}

static void test_generated_curves_are_what_was_asked_for(void **state)
{
	static const struct {
		const char *curve;
		int bits;
	} rows[] = {{"secp256r1", 256}, {"secp384r1", 384}, {"secp521r1", 521}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(key) struct key *key = generated(KEY_EC, 0, rows[i].curve);

		assert_int_equal(key_kind(key), KEY_EC);
		assert_int_equal(key_bits(key), rows[i].bits);
		assert_string_equal(key_curve(key), rows[i].curve);
		assert_survives_writing(key);
	}
}

static void test_generated_rsa_key_has_its_size(void **state)
{
	AUTO(key) struct key *key = generated(KEY_RSA, 2048, NULL);

	assert_int_equal(key_kind(key), KEY_RSA);
	assert_int_equal(key_bits(key), 2048);
	assert_null(key_curve(key));
	assert_survives_writing(key);
}

static void test_keys_out_of_range_are_not_made(void **state)
{
	static const struct key_spec specs[] = {
		{.kind = KEY_RSA, .rsa_bits = 2047}, {.kind = KEY_RSA, .rsa_bits = 8193},
		{.kind = KEY_RSA, .rsa_bits = -1},   {.kind = KEY_EC, .curve = "secp256k1"},
		{.kind = KEY_EC, .curve = "P-256"},  {.kind = KEY_EC, .curve = NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		struct key *key = NULL;

		assert_int_equal(key_generate(&specs[i], &key, &err), ERR_CONFIG);
		assert_null(key);
	}
}

static const char *const kept_keys[] = {"rsa", "p256", "p384", "p521"};

static void read_beside(const char *name, const char *suffix, struct strbuf *ret_text)
{
	AUTO_FREE char *file = xasprintf("%s.%s", name, suffix);

	fixture_read(file, ret_text);
}

static void test_files_are_the_bytes_that_certbot_writes(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(kept_keys); i++) {
		AUTO(strbuf) struct strbuf pem = STRBUF_INIT, jwk = STRBUF_INIT;
		AUTO(strbuf) struct strbuf public = STRBUF_INIT, id = STRBUF_INIT;
		AUTO(strbuf) struct strbuf our_public = STRBUF_INIT, our_id = STRBUF_INIT;
		AUTO(secret) struct secret our_pem = SECRET_INIT, our_jwk = SECRET_INIT;
		AUTO(key) struct key *key = NULL;
		AUTO(error) struct error err = ERROR_INIT;

		read_beside(kept_keys[i], "pem", &pem);
		read_beside(kept_keys[i], "jwk", &jwk);
		read_beside(kept_keys[i], "pub", &public);
		read_beside(kept_keys[i], "id", &id);
		assert_int_equal(key_from_pem(pem.text, pem.len, &key, &err), 0);
		key_to_pem(key, &our_pem);
		assert_string_equal(our_pem.bytes, pem.text);
		key_to_jwk(key, &our_jwk);
		assert_string_equal(our_jwk.bytes, jwk.text);
		assert_int_equal(our_jwk.len, jwk.len);
		key_public_pem(key, &our_public);
		assert_string_equal(our_public.text, public.text);
		digest_hex(DIGEST_MD5, our_public.text, our_public.len, &our_id);
		assert_string_equal(our_id.text, id.text);
	}
}

static void test_kinds_have_the_names_of_the_interface(void **state)
{
	enum key_kind kind = KEY_KIND__COUNT;

	assert_string_equal(key_kind_label(KEY_RSA), "RSA");
	assert_string_equal(key_kind_label(KEY_EC), "ECDSA");
	assert_string_equal(key_kind_option(KEY_RSA), "rsa");
	assert_string_equal(key_kind_option(KEY_EC), "ecdsa");
	assert_string_equal(key_kind_label(KEY_KIND__COUNT), "unknown");
	assert_true(key_kind_from_option("ecdsa", &kind));
	assert_int_equal(kind, KEY_EC);
	assert_true(key_kind_from_option("rsa", &kind));
	assert_int_equal(kind, KEY_RSA);
	assert_false(key_kind_from_option("unknown", &kind));
	assert_false(key_kind_from_option(NULL, &kind));
	assert_false(key_kind_from_option("ECDSA", &kind));
}

/* As in a file that was put together from two. Base64 has 30 of the private half's 32 bytes at that
 * place, in two lines. */
static void test_halves_of_different_keys_are_noticed(void **state)
{
	enum { PLACE = 28 + 48, LEN = 41 };
	AUTO(key) struct key *key = generated(KEY_EC, 0, "secp256r1"), *mixed = NULL;
	AUTO(key) struct key *other = generated(KEY_EC, 0, "secp256r1");
	AUTO(key) struct key *rsa = generated(KEY_RSA, 2048, NULL);
	AUTO(secret) struct secret pem = SECRET_INIT, other_pem = SECRET_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(key_check_halves(key, &err), 0);
	assert_int_equal(key_check_halves(rsa, &err), 0);
	key_to_pem(key, &pem);
	key_to_pem(other, &other_pem);
	memcpy(pem.bytes + PLACE, other_pem.bytes + PLACE, LEN);
	assert_int_equal(key_from_pem(pem.bytes, pem.len, &mixed, &err), 0);
	assert_same_public_half(mixed, key);
	assert_int_equal(key_check_halves(mixed, &err), ERR_REFUSED);
	(void)state;
}

/* Read without a TPM. What openssl(1) got from the TPM is next to it. */
static void test_public_half_of_a_key_in_a_tpm(void **state)
{
	static const char *const names[] = {"ec", "rsa"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO_FREE char *file = xasprintf("tpm-%s.pem", names[i]);
		AUTO_FREE char *public_file = xasprintf("tpm-%s.pub", names[i]);
		AUTO(strbuf) struct strbuf text = STRBUF_INIT, wanted = STRBUF_INIT;
		AUTO(strbuf) struct strbuf found = STRBUF_INIT;
		AUTO(key) struct key *key = fixture_key(file);
		AUTO(secret) struct secret again = SECRET_INIT;
		AUTO(error) struct error err = ERROR_INIT;

		fixture_read(file, &text);
		fixture_read(public_file, &wanted);
		key_public_pem(key, &found);
		assert_string_equal(found.text, wanted.text);
		assert_true(key_is_in_token(key) && key_pem_is_in_token(text.text, text.len));
		key_to_pem(key, &again);
		assert_string_equal(secret_peek(&again), text.text);
		assert_int_equal(key_require_private(key, "a test", &err), ERR_REFUSED);
	}
	(void)state;
}

/* Wherever it ends. */
static void test_key_in_a_tpm_that_is_cut_short(void **state)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT, der = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct span rest, label;

	fixture_read("tpm-ec.pem", &text);
	rest = span_make(text.text, text.len);
	assert_int_equal(pem_next(&rest, &label, &der, &err), 1);
	for (size_t cut = 1; cut + 1 < der.len; cut++) {
		AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
		AUTO(error) struct error malformed = ERROR_INIT;
		AUTO(key) struct key *key = NULL;

		pem_encode(&pem, "TSS2 PRIVATE KEY", der.text, der.len - cut);
		assert_int_equal(key_from_pem(pem.text, pem.len, &key, &malformed), ERR_PARSE);
	}
	(void)state;
}

/* The lengths inside, each byte of them changed: an error or another key, but no byte is read that
 * is not there (the sanitizers see to that). */
static void test_key_in_a_tpm_with_wrong_bytes(void **state)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT, der = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct span rest, label;

	fixture_read("tpm-ec.pem", &text);
	rest = span_make(text.text, text.len);
	assert_int_equal(pem_next(&rest, &label, &der, &err), 1);
	for (size_t place = 0; place < der.len; place++)
		for (unsigned bit = 0; bit < 8; bit++) {
			AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
			AUTO(error) struct error malformed = ERROR_INIT;
			AUTO(key) struct key *key = NULL;
			int rc;

			der.text[place] = (char)(der.text[place] ^ 1 << bit);
			pem_encode(&pem, "TSS2 PRIVATE KEY", der.text, der.len);
			rc = key_from_pem(pem.text, pem.len, &key, &malformed);
			assert_true(rc == 0 ? key_bits(key) >= 256 : rc == ERR_PARSE);
			der.text[place] = (char)(der.text[place] ^ 1 << bit);
		}
	(void)state;
}

static void test_uris_of_keys(void **state)
{
	static const char *const refused[] = {
		"tpm2", "tpm2:0x81000001", "pkcs11:", "file:/a", "", "pkcs11:object=a?pin-value=1"};

	assert_true(key_uri_is_file(NULL) && key_uri_is_file("file:"));
	assert_false(key_uri_is_file("tpm2:") || key_uri_names_key("tpm2:"));
	assert_true(key_uri_names_key("pkcs11:token=a;object=b"));
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(key_uri_reach(refused[i], &err), ERR_CONFIG);
		assert_null(strstr(err.text, "pin-value=1"));
	}
	(void)state;
}

/* Whatever the scanner takes, the decoder takes, and finds the same in it. */
static bool scans_as_decoded(const char *label, struct span der)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT, quick = STRBUF_INIT, slow = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	pem_encode(&pem, label, der.ptr, der.len);
	if (!key_scan_public_bits(span_make(pem.text, pem.len), &quick)) {
		assert_int_equal(quick.len, 0);
		return false;
	}
	if (key_pem_public_bits(pem.text, pem.len, &slow, &err) < 0)
		fail_msg("%s: %s", label, err.text);
	assert_int_equal(quick.len, slow.len);
	assert_memory_equal(quick.text, slow.text, quick.len);
	return true;
}

/* As it is, with each byte changed, and cut off. */
static void assert_scan_is_right(const char *label, const struct strbuf *key)
{
	static const unsigned char changes[] = {0x01, 0x20, 0x80};

	assert_true(scans_as_decoded(label, span_make(key->text, key->len)));
	for (size_t i = 0; i < key->len; i++) {
		assert_false(scans_as_decoded(label, span_make(key->text, i)));
		for (size_t j = 0; j < ARRAY_LEN(changes); j++) {
			key->text[i] ^= (char)changes[j];
			scans_as_decoded(label, span_make(key->text, key->len));
			key->text[i] ^= (char)changes[j];
		}
	}
}

/* The contents of the octet string in the envelope: a key of PKCS#1, or one of SEC 1 that leaves
 * the curve to the envelope. `ret_curve` is the encoded identifier of that. */
static struct span inner_key(const struct strbuf *envelope, struct span *ret_curve)
{
	struct span rest = span_make(envelope->text, envelope->len), content, algorithm, inner;

	assert_true(der_take(&rest, DER_SEQUENCE, &content));
	assert_true(der_take(&content, DER_INTEGER, &inner));
	assert_true(der_take(&content, DER_SEQUENCE, &algorithm));
	assert_true(der_take(&content, DER_OCTET_STRING, &inner));
	assert_true(der_take_oid(&algorithm, &rest));
	*ret_curve = algorithm;
	return inner;
}

static void add_sec1_key(struct span inner, struct span curve, struct strbuf *out)
{
	AUTO(strbuf) struct strbuf parts = STRBUF_INIT;
	struct span content, version, scalar, whole;

	assert_true(der_take(&inner, DER_SEQUENCE, &content));
	whole = content;
	assert_true(der_take(&content, DER_INTEGER, &version));
	assert_true(der_take(&content, DER_OCTET_STRING, &scalar));
	strbuf_add(&parts, whole.ptr, whole.len - content.len);
	der_add(&parts, DER_CONTEXT | DER_CONSTRUCTED | 0, curve);
	strbuf_add(&parts, content.ptr, content.len);
	der_add(out, DER_SEQUENCE, span_make(parts.text, parts.len));
}

static void test_scanned_keys_are_as_decoded(void **state)
{
	static const struct {
		enum key_kind kind;
		int bits;
		const char *curve;
	} rows[] = {
		{KEY_EC, 0, "secp256r1"},
		{KEY_EC, 0, "secp384r1"},
		{KEY_EC, 0, "secp521r1"},
		{KEY_RSA, 2048, NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(key) struct key *key = generated(rows[i].kind, rows[i].bits, rows[i].curve);
		AUTO(secret) struct secret pem = SECRET_INIT;
		AUTO(strbuf) struct strbuf envelope = STRBUF_INIT, older = STRBUF_INIT;
		AUTO(error) struct error err = ERROR_INIT;
		struct span rest, label, inner, curve;

		key_to_pem(key, &pem);
		rest = span_make(pem.bytes, pem.len);
		assert_int_equal(pem_next(&rest, &label, &envelope, &err), 1);
		assert_scan_is_right("PRIVATE KEY", &envelope);
		inner = inner_key(&envelope, &curve);
		if (rows[i].kind == KEY_RSA)
			strbuf_add(&older, inner.ptr, inner.len);
		else
			add_sec1_key(inner, curve, &older);
		assert_scan_is_right(rows[i].curve ? "EC PRIVATE KEY" : "RSA PRIVATE KEY", &older);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scanned_keys_are_as_decoded),
		cmocka_unit_test(test_generated_curves_are_what_was_asked_for),
		cmocka_unit_test(test_generated_rsa_key_has_its_size),
		cmocka_unit_test(test_keys_out_of_range_are_not_made),
		cmocka_unit_test(test_files_are_the_bytes_that_certbot_writes),
		cmocka_unit_test(test_kinds_have_the_names_of_the_interface),
		cmocka_unit_test(test_halves_of_different_keys_are_noticed),
		cmocka_unit_test(test_public_half_of_a_key_in_a_tpm),
		cmocka_unit_test(test_key_in_a_tpm_that_is_cut_short),
		cmocka_unit_test(test_key_in_a_tpm_with_wrong_bytes),
		cmocka_unit_test(test_uris_of_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
