/* Signatures as a CA checks them, thumbprints, and external account binding. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/strvec.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "crypto/digest.h"
#include "crypto/key/jws.h"
#include "fixtures.h"

static struct json *parsed(const struct strbuf *text)
{
	AUTO(error) struct error err = ERROR_INIT;
	struct json *json = NULL;

	if (json_parse(text->text, text->len, "jws", &json, &err) < 0)
		fail_msg("%s", err.text);
	return json;
}

static const char *member(const struct json *json, const char *name)
{
	const char *text = json_text(json_member(json, name));

	assert_non_null(text);
	return text;
}

static void decode_member(const struct json *json, const char *name, struct strbuf *ret_bytes)
{
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(base64url_decode(ret_bytes, span_of(member(json, name)), &err), 0);
}

/* r and s side by side, back into the form that the library checks. */
static void pack_ecdsa(struct strbuf *signature)
{
	int width = (int)signature->len / 2;
	ECDSA_SIG *numbers = ECDSA_SIG_new();
	const unsigned char *raw = (const unsigned char *)signature->text;
	unsigned char *der = NULL;
	int len;

	ECDSA_SIG_set0(numbers, BN_bin2bn(raw, width, NULL), BN_bin2bn(raw + width, width, NULL));
	len = i2d_ECDSA_SIG(numbers, &der);
	strbuf_clear(signature);
	strbuf_add(signature, der, (size_t)len);
	OPENSSL_free(der);
	ECDSA_SIG_free(numbers);
}

/* Checks with nothing of ours but the public key. */
static bool verifies(const struct json *jws, const struct key *key, const char *hash)
{
	AUTO_FREE char *message = xasprintf("%s.%s", member(jws, "protected"),
					    member(jws, "payload"));
	AUTO(strbuf) struct strbuf signature = STRBUF_INIT, pem = STRBUF_INIT;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY *public;
	BIO *bio;
	int status;

	decode_member(jws, "signature", &signature);
	if (key_kind(key) == KEY_EC)
		pack_ecdsa(&signature);
	key_public_pem(key, &pem);
	bio = BIO_new_mem_buf(pem.text, (int)pem.len);
	public = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	assert_int_equal(EVP_DigestVerifyInit_ex(context, NULL, hash, NULL, NULL, public, NULL), 1);
	status = EVP_DigestVerify(context, (const unsigned char *)signature.text, signature.len,
				  (const unsigned char *)message, strlen(message));
	BIO_free(bio);
	EVP_PKEY_free(public);
	EVP_MD_CTX_free(context);
	return status == 1;
}

static const struct {
	const char *name, *algorithm, *hash;
	size_t signature_len;
} keys[] = {
	{"rsa", "RS256", "SHA256", 256},
	{"p256", "ES256", "SHA256", 64},
	{"p384", "ES384", "SHA384", 96},
	{"p521", "ES512", "SHA512", 132},
};

static struct key *open_key(size_t i)
{
	AUTO_FREE char *file = xasprintf("%s.pem", keys[i].name);

	return fixture_key(file);
}

static void test_every_kind_of_key_signs(void **state)
{
	static const struct jws_header header = {
		.nonce = "abc", .url = "https://ca.test/new", .kid = "https://ca.test/acct/1"};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		AUTO(key) struct key *key = open_key(i);
		AUTO(strbuf) struct strbuf out = STRBUF_INIT, text = STRBUF_INIT;
		AUTO(strbuf) struct strbuf signature = STRBUF_INIT;
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(json) struct json *jws = NULL;
		AUTO_FREE char *expected = xasprintf(
			"{\"alg\":\"%s\",\"nonce\":\"abc\",\"url\":\"https://ca.test/new\","
			"\"kid\":\"https://ca.test/acct/1\"}",
			keys[i].algorithm);

		assert_int_equal(jws_sign(key, &header, "{\"a\":1}", &out, &err), 0);
		jws = parsed(&out);
		assert_int_equal(json_count(jws), 3);
		decode_member(jws, "protected", &text);
		assert_string_equal(text.text, expected);
		assert_string_equal(member(jws, "payload"), "eyJhIjoxfQ");
		decode_member(jws, "signature", &signature);
		assert_int_equal(signature.len, keys[i].signature_len);
		assert_true(verifies(jws, key, keys[i].hash));
	}
}

static void test_ecdsa_numbers_keep_their_leading_zeros(void **state)
{
	static const struct jws_header header = {.kid = "k"};
	AUTO(key) struct key *key = open_key(1);

	/* One signature in 128 has an r or s with a zero in front. */
	for (int i = 0; i < 600; i++) {
		AUTO(strbuf) struct strbuf out = STRBUF_INIT, signature = STRBUF_INIT;
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(json) struct json *jws = NULL;

		assert_int_equal(jws_sign(key, &header, "", &out, &err), 0);
		jws = parsed(&out);
		decode_member(jws, "signature", &signature);
		assert_int_equal(signature.len, 64);
	}
}

static void test_header_without_kid_embeds_the_public_key(void **state)
{
	static const struct jws_header header = {.nonce = "n"};
	AUTO(key) struct key *key = open_key(1);
	AUTO(strbuf) struct strbuf out = STRBUF_INIT, text = STRBUF_INIT, jwk = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(json) struct json *jws = NULL;
	AUTO_FREE char *expected = NULL;

	assert_int_equal(jws_sign(key, &header, "", &out, &err), 0);
	jws = parsed(&out);
	assert_string_equal(member(jws, "payload"), "");
	decode_member(jws, "protected", &text);
	jwk_public(key, &jwk);
	expected = xasprintf("{\"alg\":\"ES256\",\"nonce\":\"n\",\"jwk\":%s}", jwk.text);
	assert_string_equal(text.text, expected);
	assert_true(verifies(jws, key, "SHA256"));
}

static void test_thumbprints_are_those_of_josepy(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		AUTO(key) struct key *key = open_key(i);
		AUTO_FREE char *file = xasprintf("%s.thumbprint", keys[i].name);
		AUTO_FREE char *thumbprint = jwk_thumbprint(key);
		AUTO(strbuf) struct strbuf expected = STRBUF_INIT;

		fixture_read(file, &expected);
		assert_string_equal(thumbprint, expected.text);
	}
}

static void set_mac_key(struct secret *secret)
{
	secret_set(secret, "0123456789abcdef0123456789abcdef", 32);
}

static void test_binding_is_a_mac_over_the_account_key(void **state)
{
	static const struct {
		const char *algorithm;
		enum digest_kind digest;
	} rows[] = {{"HS256", DIGEST_SHA256}, {"HS384", DIGEST_SHA384}, {"HS512", DIGEST_SHA512}};
	AUTO(key) struct key *key = open_key(1);
	AUTO(secret) struct secret mac_key = SECRET_INIT;

	set_mac_key(&mac_key);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct jws_binding binding = {"kid-1", &mac_key, rows[i].algorithm};
		AUTO(strbuf) struct strbuf out = STRBUF_INIT, header = STRBUF_INIT;
		AUTO(strbuf) struct strbuf payload = STRBUF_INIT, jwk = STRBUF_INIT;
		AUTO(strbuf) struct strbuf mac = STRBUF_INIT, expected_mac = STRBUF_INIT;
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(json) struct json *jws = NULL;
		AUTO_FREE char *message = NULL, *expected = NULL;

		assert_int_equal(
			jws_bind_account(key, "https://ca.test/new-acct", &binding, &out, &err), 0);
		jws = parsed(&out);
		decode_member(jws, "protected", &header);
		expected = xasprintf("{\"alg\":\"%s\",\"kid\":\"kid-1\","
				     "\"url\":\"https://ca.test/new-acct\"}",
				     rows[i].algorithm);
		assert_string_equal(header.text, expected);
		decode_member(jws, "payload", &payload);
		jwk_public(key, &jwk);
		assert_string_equal(payload.text, jwk.text);
		message = xasprintf("%s.%s", member(jws, "protected"), member(jws, "payload"));
		digest_hmac(rows[i].digest, span_make(mac_key.bytes, mac_key.len), span_of(message),
			    &expected_mac);
		decode_member(jws, "signature", &mac);
		assert_int_equal(mac.len, expected_mac.len);
		assert_memory_equal(mac.text, expected_mac.text, mac.len);
	}
}

static void test_binding_refuses_what_it_cannot_use(void **state)
{
	AUTO(key) struct key *key = open_key(1);
	AUTO(secret) struct secret mac_key = SECRET_INIT, empty = SECRET_INIT;
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	struct jws_binding binding = {"kid", &mac_key, "RS256"};

	set_mac_key(&mac_key);
	assert_int_equal(jws_bind_account(key, "u", &binding, &out, &err), ERR_CONFIG);
	assert_string_equal(err.text, "cannot bind account: unknown algorithm 'RS256'");
	error_release(&err);
	binding = (struct jws_binding){"kid", &empty, "HS256"};
	assert_int_equal(jws_bind_account(key, "u", &binding, &out, &err), ERR_CONFIG);
	assert_int_equal(out.len, 0);
}

static void test_token_has_three_parts_and_verifies(void **state)
{
	AUTO(key) struct key *key = open_key(0);
	AUTO(strbuf) struct strbuf token = STRBUF_INIT, header = STRBUF_INIT, claims = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(strvec) struct strvec parts = STRVEC_INIT;
	AUTO(json) struct json *jws = json_object_new();

	assert_int_equal(jws_sign_token(key, (struct jws_key_name){.kid = "key-1"},
					"{\"iss\":\"a@b.test\"}", &token, &err),
			 0);
	strvec_split(&parts, token.text, ".");
	assert_int_equal(parts.count, 3);
	json_set_string(jws, "protected", parts.items[0]);
	json_set_string(jws, "payload", parts.items[1]);
	json_set_string(jws, "signature", parts.items[2]);
	decode_member(jws, "protected", &header);
	assert_string_equal(header.text, "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"key-1\"}");
	decode_member(jws, "payload", &claims);
	assert_string_equal(claims.text, "{\"iss\":\"a@b.test\"}");
	assert_true(verifies(jws, key, "SHA256"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_of_key_signs),
		cmocka_unit_test(test_ecdsa_numbers_keep_their_leading_zeros),
		cmocka_unit_test(test_header_without_kid_embeds_the_public_key),
		cmocka_unit_test(test_thumbprints_are_those_of_josepy),
		cmocka_unit_test(test_token_has_three_parts_and_verifies),
		cmocka_unit_test(test_binding_is_a_mac_over_the_account_key),
		cmocka_unit_test(test_binding_refuses_what_it_cannot_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
