/* PKCS #12 files, made with as little of OpenSSL as the program starts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>

#include "crypto/crypto_library.h"
#include "crypto/cert/pfx.h"
#include "fixtures.h"

/* Opens the file with the password; the certificates besides the first are counted. */
static bool opens(const struct secret *file, const char *password, int *ret_others)
{
	const unsigned char *bytes = (const unsigned char *)secret_peek(file);
	PKCS12 *pfx = d2i_PKCS12(NULL, &bytes, (long)file->len);
	EVP_PKEY *key = NULL;
	X509 *leaf = NULL;
	STACK_OF(X509) *others = NULL;
	bool is_open;

	assert_non_null(pfx);
	is_open = PKCS12_parse(pfx, password, &key, &leaf, &others) == 1;
	if (is_open)
		assert_int_equal(X509_check_private_key(leaf, key), 1);
	*ret_others = sk_X509_num(others);
	EVP_PKEY_free(key);
	X509_free(leaf);
	sk_X509_pop_free(others, X509_free);
	PKCS12_free(pfx);
	return is_open;
}

static void test_both_encryptions_open_with_the_password_alone(void **state)
{
	AUTO(key) struct key *key = fixture_key("p256.pem");
	AUTO(cert) struct cert *cert = fixture_cert("leaf.pem");
	AUTO(strbuf) struct strbuf chain = STRBUF_INIT;

	fixture_read("ca.pem", &chain);
	for (int is_legacy = 0; is_legacy < 2; is_legacy++) {
		const struct pfx_request request = {
			.key = key,
			.cert = cert,
			.chain_pem = span_make(chain.text, chain.len),
			.password = "p\xc3\xa4ss",
			.name = "a.test",
			.is_legacy = is_legacy,
		};
		AUTO(secret) struct secret file = SECRET_INIT;
		AUTO(error) struct error err = ERROR_INIT;
		int others = 0;

		if (pfx_make(&request, &file, &err) < 0)
			fail_msg("%s", err.text);
		assert_true(opens(&file, "p\xc3\xa4ss", &others));
		assert_int_equal(others, 1);
		assert_false(opens(&file, "wrong", &others));
	}
}

static void test_a_key_of_another_certificate_is_refused(void **state)
{
	AUTO(key) struct key *key = fixture_key("p384.pem");
	AUTO(cert) struct cert *cert = fixture_cert("leaf.pem");
	const struct pfx_request request = {
		.key = key, .cert = cert, .password = "", .name = "a.test"};
	AUTO(secret) struct secret file = SECRET_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(pfx_make(&request, &file, &err), ERR_INTERNAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_encryptions_open_with_the_password_alone),
		cmocka_unit_test(test_a_key_of_another_certificate_is_refused),
	};

	unsigned char byte;

	/* The first use of a cipher, here by the random generator, decides what OpenSSL knows of
	 * all of them: a run has had a use for one long before it writes a file. */
	crypto_library_begin(CRYPTO_LIBRARY_USUAL);
	if (RAND_bytes(&byte, 1) != 1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
