/* Hashes and HMACs against the vectors of their standards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/evp.h>

#include "codec/base64.h"
#include "crypto/digest.h"

static void assert_digest(enum digest_kind kind, const char *text, const char *hex)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	strbuf_adds(&out, "=");
	digest_hex(kind, text, strlen(text), &out);
	assert_string_equal(out.text + 1, hex);
}

static void assert_hmac(enum digest_kind kind, const char *key, const char *message,
			const char *hex)
{
	AUTO(strbuf) struct strbuf raw = STRBUF_INIT;
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	digest_hmac(kind, span_of(key), span_of(message), &raw);
	strbuf_add_hex(&out, raw.text, raw.len);
	assert_string_equal(out.text, hex);
}

static void test_every_digest_gives_its_vector(void **state)
{
	assert_digest(DIGEST_MD5, "abc", "900150983cd24fb0d6963f7d28e17f72");
	assert_digest(DIGEST_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_digest(DIGEST_SHA224, "abc",
		      "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7");
	assert_digest(DIGEST_SHA256, "abc",
		      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_digest(DIGEST_SHA384, "abc",
		      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		      "8086072ba1e7cc2358baeca134c825a7");
	assert_digest(DIGEST_SHA512, "abc",
		      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
	assert_digest(DIGEST_SHA256, "",
		      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* RFC 2202 and RFC 4231, test case 2. */
static void test_every_hmac_gives_its_vector(void **state)
{
	static const char message[] = "what do ya want for nothing?";

	assert_hmac(DIGEST_MD5, "Jefe", message, "750c783e6ab0b503eaa86e310a5db738");
	assert_hmac(DIGEST_SHA1, "Jefe", message, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
	assert_hmac(DIGEST_SHA224, "Jefe", message,
		    "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44");
	assert_hmac(DIGEST_SHA256, "Jefe", message,
		    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	assert_hmac(DIGEST_SHA384, "Jefe", message,
		    "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
		    "8e2240ca5e69e2c78b3239ecfab21649");
	assert_hmac(DIGEST_SHA512, "Jefe", message,
		    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
		    "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
}

static void test_hmac_takes_empty_key_and_message(void **state)
{
	assert_hmac(DIGEST_SHA256, "", "",
		    "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
	assert_hmac(DIGEST_SHA256, "", "x",
		    "4cbc96099a6467ce002461f10549b4898265ebe6188b45efacc44293516e62c4");
}

static void test_hmac_signs_the_example_of_rfc_7515(void **state)
{
	static const char message[] = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
				      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6"
				      "Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
	static const char key_digits[] = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T"
					 "-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
	AUTO(strbuf) struct strbuf key = STRBUF_INIT, mac = STRBUF_INIT, digits = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(base64url_decode(&key, span_of(key_digits), &err), 0);
	digest_hmac(DIGEST_SHA256, span_make(key.text, key.len), span_of(message), &mac);
	base64url_encode(&digits, mac.text, mac.len);
	assert_string_equal(digits.text, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
}

/* A FIPS machine has no MD5, but accounts are named by it. */
static void test_md5_works_where_policy_forbids_it(void **state)
{
	assert_int_equal(EVP_set_default_properties(NULL, "fips=yes"), 1);
	assert_null(EVP_MD_fetch(NULL, "MD5", NULL));
	assert_digest(DIGEST_MD5, "abc", "900150983cd24fb0d6963f7d28e17f72");
	assert_hmac(DIGEST_MD5, "Jefe", "what do ya want for nothing?",
		    "750c783e6ab0b503eaa86e310a5db738");
	assert_int_equal(EVP_set_default_properties(NULL, ""), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_digest_gives_its_vector),
		cmocka_unit_test(test_every_hmac_gives_its_vector),
		cmocka_unit_test(test_hmac_takes_empty_key_and_message),
		cmocka_unit_test(test_hmac_signs_the_example_of_rfc_7515),
		cmocka_unit_test(test_md5_works_where_policy_forbids_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
