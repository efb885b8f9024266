/* Certificates compared with keys, requests and issuers. Reading is tested by
 * tests/cases/crypto-cert and crypto-chain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/ascii.h"
#include "crypto/cert/cert_der.h"
#include "crypto/cert/csr.h"
#include "crypto/digest.h"
#include "fixtures.h"

static void test_certificate_knows_its_key(void **state)
{
	AUTO(cert) struct cert *leaf = fixture_cert("leaf.pem"),
			       *rsa_leaf = fixture_cert("leaf-rsa.pem");
	AUTO(key) struct key *p256 = fixture_key("p256.pem"), *rsa = fixture_key("rsa.pem");
	AUTO(key) struct key *other_rsa = fixture_key("ca-key.pem");
	AUTO(key) struct key *p384 = fixture_key("p384.pem");

	assert_true(cert_matches_key(leaf, p256));
	assert_false(cert_matches_key(leaf, rsa));
	assert_false(cert_matches_key(leaf, p384));
	assert_true(cert_matches_key(rsa_leaf, rsa));
	assert_false(cert_matches_key(rsa_leaf, p256));
	assert_false(cert_matches_key(rsa_leaf, other_rsa));
	assert_int_equal(ERR_peek_error(), 0);
}

static bool fits(const struct cert *cert, const char *key_file)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	bool matches = false;

	fixture_read(key_file, &pem);
	if (cert_matches_key_pem(cert, pem.text, pem.len, &matches, &err) < 0)
		fail_msg("%s: %s", key_file, err.text);
	return matches;
}

static void test_certificate_knows_its_key_as_text(void **state)
{
	AUTO(cert) struct cert *leaf = fixture_cert("leaf.pem"),
			       *rsa_leaf = fixture_cert("leaf-rsa.pem");

	assert_true(fits(leaf, "p256.pem"));
	assert_false(fits(leaf, "rsa.pem"));
	assert_false(fits(leaf, "p384.pem"));
	assert_true(fits(rsa_leaf, "rsa.pem"));
	assert_false(fits(rsa_leaf, "p256.pem"));
	assert_false(fits(rsa_leaf, "ca-key.pem"));
	/* A key without its public half, or half of it, goes the long way. */
	assert_true(fits(leaf, "../../cases/crypto-key/sec1-without-public-half/input"));
	assert_true(fits(leaf, "../../cases/crypto-key/sec1-compressed-point/input"));
	assert_false(fits(rsa_leaf, "../../cases/crypto-key/sec1-compressed-point/input"));
	assert_int_equal(ERR_peek_error(), 0);
}

static void test_text_that_is_no_key_fits_nothing(void **state)
{
	static const char *const texts[] = {"", "no key",
					    ("-----BEGIN PRIVATE KEY-----\nMAA=\n"
					     "-----END PRIVATE KEY-----\n")};
	AUTO(cert) struct cert *leaf = fixture_cert("leaf.pem");

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO(error) struct error err = ERROR_INIT;
		bool matches;

		assert_int_equal(
			cert_matches_key_pem(leaf, texts[i], strlen(texts[i]), &matches, &err),
			ERR_PARSE);
	}
	assert_int_equal(ERR_peek_error(), 0);
}

static void test_an_issuer_tells_what_it_signed(void **state)
{
	AUTO(cert) struct cert *leaf = fixture_cert("../store/1.cert.pem");
	AUTO(cert) struct cert *without = fixture_cert("../store/early.cert.pem");
	AUTO(cert) struct cert *rsa_signed = fixture_cert("leaf-rsa.pem");
	AUTO(cert_signer) struct cert_signer *ca =
		cert_signer_new(fixture_cert("../store/chain.pem"));
	AUTO(cert_signer) struct cert_signer *namesake =
		cert_signer_new(fixture_cert("../store/namesake.pem"));
	AUTO(cert_signer) struct cert_signer *rsa_ca = cert_signer_new(fixture_cert("ca.pem"));

	assert_true(cert_signer_signed(ca, leaf));
	assert_true(cert_signer_signed(ca, without));
	assert_true(cert_signer_signed(rsa_ca, rsa_signed));
	assert_false(cert_signer_signed(namesake, leaf));
	assert_false(cert_signer_signed(namesake, without));
	assert_false(cert_signer_signed(rsa_ca, leaf));
	assert_int_equal(ERR_peek_error(), 0);
}

/* Read the quick way and the long one. */
static void assert_same_reading(const char *file)
{
	AUTO(cert) struct cert *quick = fixture_cert(file);
	AUTO(cert) struct cert *slow = XNEW(struct cert);
	AUTO(error) struct error err = ERROR_INIT;
	AUTO_FREE char *names = NULL, *same_names = NULL;

	assert_true(quick->is_plain);
	strbuf_init(&slow->der);
	strvec_init(&slow->dns_names);
	strvec_init(&slow->addresses);
	cert_to_der(quick, &slow->der);
	assert_int_equal(cert_der_read(slow, &err), 0);
	assert_string_equal(quick->serial_hex, slow->serial_hex);
	assert_string_equal(quick->issuer_cn, slow->issuer_cn);
	assert_string_equal(quick->subject_cn, slow->subject_cn);
	assert_true(str_eq_or_null(quick->ocsp_url, slow->ocsp_url));
	assert_int_equal(quick->not_before, slow->not_before);
	assert_int_equal(quick->not_after, slow->not_after);
	assert_int_equal(quick->key_kind, slow->key_kind);
	names = strvec_join(&quick->dns_names, " ");
	same_names = strvec_join(&slow->dns_names, " ");
	assert_string_equal(names, same_names);
}

static void test_both_ways_of_reading_give_the_same(void **state)
{
	assert_same_reading("leaf.pem");
	assert_same_reading("leaf-rsa.pem");
	assert_same_reading("ca.pem");
	assert_same_reading("root.pem");
	assert_same_reading("../store/1.cert.pem");
	assert_same_reading("../store/chain.pem");
}

static void test_certificate_knows_its_request(void **state)
{
	AUTO(cert) struct cert *leaf = fixture_cert("leaf.pem"),
			       *rsa_leaf = fixture_cert("leaf-rsa.pem");
	AUTO(csr_contents) struct csr_contents csr = CSR_CONTENTS_INIT;
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT, wanted = STRBUF_INIT, same = STRBUF_INIT,
				   other = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	fixture_read("csr-plain.pem", &pem);
	assert_int_equal(csr_read(pem.text, pem.len, &csr, &err), 0);
	csr_public_digest(&csr, &wanted);
	assert_int_equal(cert_public_digest(rsa_leaf, &same, &err), 0);
	assert_int_equal(cert_public_digest(leaf, &other, &err), 0);
	assert_int_equal(wanted.len, 32);
	assert_memory_equal(same.text, wanted.text, wanted.len);
	assert_memory_not_equal(other.text, wanted.text, wanted.len);
}

static void test_signatures_are_checked_with_the_issuer(void **state)
{
	AUTO(cert) struct cert *leaf = fixture_cert("leaf.pem");
	AUTO(cert) struct cert *ca = fixture_cert("ca.pem"), *root = fixture_cert("root.pem");
	AUTO(cert_issuers) struct cert_issuers issuers = {.next = 0};

	assert_true(cert_signed_by(leaf, ca, &issuers));
	assert_true(cert_signed_by(ca, root, &issuers));
	assert_true(cert_signed_by(root, root, &issuers));
	assert_false(cert_signed_by(leaf, root, &issuers));
	assert_false(cert_signed_by(ca, leaf, &issuers));
	assert_false(cert_signed_by(ca, ca, &issuers));
	assert_int_equal(ERR_peek_error(), 0);
}

/* A change of any one byte must be noticed, be it by the parser. */
static void test_changed_certificate_is_not_signed(void **state)
{
	AUTO(cert) struct cert *leaf = fixture_cert("leaf.pem"), *ca = fixture_cert("ca.pem");
	AUTO(cert_issuers) struct cert_issuers issuers = {.next = 0};
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;

	cert_to_der(leaf, &der);
	for (size_t i = 0; i < der.len; i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(cert) struct cert *changed = NULL;

		der.text[i] ^= 1;
		if (cert_from_der(der.text, der.len, &changed, &err) == 0 &&
		    cert_signed_by(changed, ca, &issuers))
			fail_msg("byte %zu is not signed", i);
		der.text[i] ^= 1;
	}
	assert_int_equal(ERR_peek_error(), 0);
}

/* An issuer that differs in any byte is another one, be its name the same: the key that was kept is
 * not for it. More of them than are kept push the first one out, and it comes back. */
static void test_keys_that_were_kept_are_for_their_issuers_only(void **state)
{
	AUTO(cert) struct cert *leaf = fixture_cert("leaf.pem"), *ca = fixture_cert("ca.pem");
	AUTO(cert_issuers) struct cert_issuers issuers = {.next = 0};
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;
	struct span bits = ca->parts.key_bits;
	size_t at;

	cert_to_der(ca, &der);
	at = (size_t)(bits.ptr - ca->der.text) + bits.len;
	for (size_t i = 1; i <= 8; i++) {
		AUTO(error) struct error err = ERROR_INIT;
		AUTO(cert) struct cert *impostor = NULL;

		assert_true(cert_signed_by(leaf, ca, &issuers));
		der.text[at - i] ^= 1;
		assert_int_equal(cert_from_der(der.text, der.len, &impostor, &err), 0);
		assert_false(cert_signed_by(leaf, impostor, &issuers));
		der.text[at - i] ^= 1;
	}
	assert_int_equal(ERR_peek_error(), 0);
}

/* Both ways to the digest of a public key. */
static void test_digest_of_a_key_is_that_of_the_library(void **state)
{
	static const char *const names[] = {"leaf.pem", "leaf-rsa.pem", "ca.pem", "root.pem"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO(cert) struct cert *cert = fixture_cert(names[i]);
		AUTO(strbuf) struct strbuf quick = STRBUF_INIT, slow = STRBUF_INIT;
		AUTO(error) struct error err = ERROR_INIT;

		assert_true(cert_scan_key_is_canonical(&cert->parts));
		assert_int_equal(cert_public_digest(cert, &quick, &err), 0);
		cert->is_plain = false;
		assert_int_equal(cert_public_digest(cert, &slow, &err), 0);
		cert->is_plain = true;
		assert_int_equal(slow.len, 32);
		assert_memory_equal(quick.text, slow.text, slow.len);
	}
}

/* RFC 9773 4.1 has these very numbers. */
static void test_renewal_id_is_the_example_of_rfc_9773(void **state)
{
	AUTO(cert) struct cert *leaf = fixture_cert("leaf.pem"), *root = fixture_cert("root.pem");
	AUTO_FREE char *id = NULL, *none = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	assert_string_equal(cert_serial_hex(leaf), "87654321");
	assert_int_equal(cert_ari_id(leaf, &id, &err), 0);
	assert_string_equal(id, "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
	assert_int_equal(cert_ari_id(root, &none, &err), ERR_NOT_FOUND);
	assert_null(none);
}

static void test_failed_chain_leaves_old_contents(void **state)
{
	AUTO(cert_chain) struct cert_chain chain = CERT_CHAIN_INIT;
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;

	fixture_read("leaf.pem", &pem);
	assert_int_equal(cert_chain_parse(pem.text, pem.len, &chain, &err), 0);
	assert_string_equal(chain.leaf_pem.text, pem.text);
	assert_int_equal(cert_chain_parse("x", 1, &chain, &err), ERR_PARSE);
	assert_string_equal(chain.leaf_pem.text, pem.text);
	error_release(&err);
	strbuf_clear(&pem);
	fixture_read("root.pem", &pem);
	assert_int_equal(cert_chain_parse(pem.text, pem.len, &chain, &err), 0);
	assert_string_equal(chain.leaf_pem.text, pem.text);
	assert_string_equal(chain.top_issuer_cn.text, "Test Root");
}

/* What RFC 8737 section 3 asks of the certificate, read by the library alone. */
static void assert_challenge(const struct strbuf *pem, const char *identifier, bool is_ip,
			     const char *key_authorization)
{
	BIO *bio = BIO_new_mem_buf(pem->text, (int)pem->len);
	X509 *x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	ASN1_OBJECT *type = OBJ_txt2obj("1.3.6.1.5.5.7.1.31", 1);
	GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
	X509_EXTENSION *extension = X509_get_ext(x509, X509_get_ext_by_OBJ(x509, type, -1));
	const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);
	AUTO(strbuf) struct strbuf expected = STRBUF_INIT;

	assert_int_equal(sk_GENERAL_NAME_num(names), 1);
	assert_int_equal(is_ip ? X509_check_ip_asc(x509, identifier, 0)
			       : X509_check_host(x509, identifier, 0, 0, NULL),
			 1);
	assert_true(X509_EXTENSION_get_critical(extension));
	strbuf_add(&expected, "\x04\x20", 2);
	digest(DIGEST_SHA256, key_authorization, strlen(key_authorization), &expected);
	assert_int_equal(ASN1_STRING_length(value), expected.len);
	assert_memory_equal(ASN1_STRING_get0_data(value), expected.text, expected.len);
	assert_int_equal(X509_verify(x509, X509_get0_pubkey(x509)), 1);
	assert_int_equal(X509_get_version(x509), X509_VERSION_3);
	assert_true(X509_cmp_current_time(X509_get0_notBefore(x509)) < 0);
	assert_true(X509_cmp_current_time(X509_get0_notAfter(x509)) > 0);
	GENERAL_NAMES_free(names);
	ASN1_OBJECT_free(type);
	X509_free(x509);
	BIO_free(bio);
}

static void assert_alpn(const char *identifier, bool is_ip)
{
	const struct cert_alpn_request request = {identifier, is_ip, "token.thumbprint"};
	AUTO(strbuf) struct strbuf cert_pem = STRBUF_INIT;
	AUTO(secret) struct secret key_pem = SECRET_INIT;
	AUTO(cert) struct cert *cert = NULL;
	AUTO(key) struct key *key = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	assert_int_equal(cert_make_alpn(&request, &cert_pem, &key_pem, &err), 0);
	assert_challenge(&cert_pem, identifier, is_ip, "token.thumbprint");
	assert_int_equal(cert_from_pem(cert_pem.text, cert_pem.len, &cert, &err), 0);
	assert_int_equal(key_from_pem(key_pem.bytes, key_pem.len, &key, &err), 0);
	assert_true(cert_matches_key(cert, key));
}

static void test_alpn_certificates_carry_the_challenge(void **state)
{
	assert_alpn("a.example", false);
	assert_alpn("192.0.2.7", true);
	assert_alpn("2001:db8::7", true);
}

static void test_alpn_identifier_must_be_of_its_kind(void **state)
{
	static const struct cert_alpn_request requests[] = {
		{"a.example", true, "t.k"},
		{"a b", false, "t.k"},
		{"", false, "t.k"},
	};

	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		AUTO(strbuf) struct strbuf cert_pem = STRBUF_INIT;
		AUTO(secret) struct secret key_pem = SECRET_INIT;
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(cert_make_alpn(&requests[i], &cert_pem, &key_pem, &err),
				 ERR_CONFIG);
		assert_int_equal(cert_pem.len, 0);
		assert_null(key_pem.bytes);
	}
}

/* What Certbot's certificates for tls-sni-01 had, read by the library alone. */
static void assert_sni(const struct strbuf *pem, const char *name, time_t from)
{
	BIO *bio = BIO_new_mem_buf(pem->text, (int)pem->len);
	X509 *x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
	X509_NAME *subject = X509_get_subject_name(x509);
	time_t until = from + (time_t)7 * 24 * 3600;
	int critical = -1;
	BASIC_CONSTRAINTS *ca = X509_get_ext_d2i(x509, NID_basic_constraints, &critical, NULL);
	char *text = X509_NAME_oneline(subject, NULL, 0);

	assert_string_equal(text, "/CN=dummy");
	assert_int_equal(X509_NAME_cmp(subject, X509_get_issuer_name(x509)), 0);
	assert_int_equal(sk_GENERAL_NAME_num(names), 2);
	assert_int_equal(X509_check_host(x509, "dummy", 0, 0, NULL), 1);
	assert_int_equal(X509_check_host(x509, name, 0, 0, NULL), 1);
	assert_int_equal(critical, 1);
	assert_int_equal(ca->ca, 0xff);
	assert_int_equal(ASN1_INTEGER_get(ca->pathlen), 0);
	assert_int_equal(EVP_PKEY_get_bits(X509_get0_pubkey(x509)), 2048);
	assert_true(EVP_PKEY_is_a(X509_get0_pubkey(x509), "RSA"));
	assert_int_equal(X509_get_signature_nid(x509), NID_sha256WithRSAEncryption);
	assert_int_equal(X509_verify(x509, X509_get0_pubkey(x509)), 1);
	assert_int_equal(X509_get_version(x509), X509_VERSION_3);
	assert_int_equal(ASN1_TIME_cmp_time_t(X509_get0_notBefore(x509), from), 0);
	assert_int_equal(ASN1_TIME_cmp_time_t(X509_get0_notAfter(x509), until), 0);
	OPENSSL_free(text);
	BASIC_CONSTRAINTS_free(ca);
	GENERAL_NAMES_free(names);
	X509_free(x509);
	BIO_free(bio);
}

static void test_sni_certificates_of_a_run_share_their_key(void **state)
{
	static const char *const names[] = {
		"f082c91a03fe0134a61087050d3f3639.53ea444d8c348e6e7874f175272a3837.acme.invalid",
		"00000000000000000000000000000000.ffffffffffffffffffffffffffffffff.acme.invalid",
	};
	AUTO(key) struct key *key = NULL;
	const struct key *first = NULL;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct cert_sni_request request = {names[i], 1520000000};
		AUTO(strbuf) struct strbuf cert_pem = STRBUF_INIT;
		AUTO(secret) struct secret key_pem = SECRET_INIT;
		AUTO(cert) struct cert *cert = NULL;
		AUTO(error) struct error err = ERROR_INIT;
		bool fits = false;

		assert_int_equal(cert_make_sni(&request, &key, &cert_pem, &key_pem, &err), 0);
		assert_sni(&cert_pem, names[i], (time_t)request.now);
		assert_int_equal(cert_from_pem(cert_pem.text, cert_pem.len, &cert, &err), 0);
		assert_int_equal(
			cert_matches_key_pem(cert, key_pem.bytes, key_pem.len, &fits, &err), 0);
		assert_true(fits);
		assert_true(!first || first == key);
		first = key;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_certificate_knows_its_key),
		cmocka_unit_test(test_certificate_knows_its_key_as_text),
		cmocka_unit_test(test_text_that_is_no_key_fits_nothing),
		cmocka_unit_test(test_an_issuer_tells_what_it_signed),
		cmocka_unit_test(test_both_ways_of_reading_give_the_same),
		cmocka_unit_test(test_certificate_knows_its_request),
		cmocka_unit_test(test_signatures_are_checked_with_the_issuer),
		cmocka_unit_test(test_changed_certificate_is_not_signed),
		cmocka_unit_test(test_keys_that_were_kept_are_for_their_issuers_only),
		cmocka_unit_test(test_digest_of_a_key_is_that_of_the_library),
		cmocka_unit_test(test_renewal_id_is_the_example_of_rfc_9773),
		cmocka_unit_test(test_failed_chain_leaves_old_contents),
		cmocka_unit_test(test_alpn_certificates_carry_the_challenge),
		cmocka_unit_test(test_alpn_identifier_must_be_of_its_kind),
		cmocka_unit_test(test_sni_certificates_of_a_run_share_their_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
