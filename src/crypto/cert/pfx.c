/*
 * Makes PKCS #12 files (see pfx.h). Everything that differs between versions of OpenSSL is given
 * explicitly: what it takes by default is not what it took a version before.
 */
#include "crypto/cert/pfx.h"

#include <openssl/objects.h>
#include <openssl/pkcs12.h>

#include "base/alloc.h"
#include "codec/pem.h"
#include "crypto/cert/cert_der.h"
#include "crypto/key/key_parts.h"
#include "crypto/key/token.h"

/* Rounds of the key derivation. The password comes from a file, so nobody has to remember it, and
 * it can be long. */
#define ROUNDS 10000

DEFINE_AUTO_EVP(PKCS12, PKCS12_free);

static void free_certificates(STACK_OF(X509) *certificates)
{
	sk_X509_pop_free(certificates, X509_free);
}

static int add_certificate(STACK_OF(X509) *certificates, struct span der, struct error *err)
{
	AUTO(cert) struct cert *cert = NULL;
	X509 *x509 = NULL;

	if (cert_from_der(der.ptr, der.len, &cert, err) < 0 ||
	    cert_der_to_x509(cert, &x509, err) < 0)
		return err->code;
	evp_must(sk_X509_push(certificates, x509) > 0);
	return 0;
}

static int read_chain(struct span pem, STACK_OF(X509) *certificates, struct error *err)
{
	for (;;) {
		AUTO(strbuf) struct strbuf der = STRBUF_INIT;
		struct span label;
		int rc = pem_next(&pem, &label, &der, err);

		if (rc <= 0)
			return rc;
		if (span_eq(label, "CERTIFICATE") &&
		    add_certificate(certificates, span_make(der.text, der.len), err) < 0)
			return err->code;
	}
}

/* The algorithms that the two kinds of systems can read. crypto_library_begin() has added the
 * ciphers. */
static const struct {
	int algorithm;
	const EVP_MD *(*mac)(void);
} encryptions[] = {
	{NID_aes_256_cbc, EVP_sha256},
	{NID_pbe_WithSHA1And3_Key_TripleDES_CBC, EVP_sha1},
};

static int seal(const struct pfx_request *request, STACK_OF(X509) *chain, X509 *leaf,
		struct secret *ret_der, struct error *err)
{
	int algorithm = encryptions[request->is_legacy].algorithm;
	/* -1: the MAC is made below, with a digest of our choice. */
	AUTO(PKCS12)
	PKCS12 *pfx = PKCS12_create(request->password, request->name, request->key->pkey, leaf,
				    chain, algorithm, algorithm, ROUNDS, -1, 0);
	unsigned char *end;
	char *der;
	int len;

	if (!pfx || !PKCS12_set_mac(pfx, request->password, -1, NULL, 0, ROUNDS,
				    encryptions[request->is_legacy].mac()))
		return evp_error(err, "cannot make a PKCS #12 file");
	len = i2d_PKCS12(pfx, NULL);
	evp_must(len > 0);
	der = xcalloc((size_t)len + 1, 1);
	end = (unsigned char *)der;
	i2d_PKCS12(pfx, &end);
	secret_give(ret_der, der, (size_t)len);
	return 0;
}

int pfx_make(const struct pfx_request *request, struct secret *ret_der, struct error *err)
{
	STACK_OF(X509) *chain = EVP_MADE(sk_X509_new_null());
	AUTO(X509) X509 *leaf = NULL;
	int rc = key_require_private(request->key, "a PKCS #12 file", err);

	if (rc == 0)
		rc = read_chain(request->chain_pem, chain, err);
	if (rc == 0)
		rc = cert_der_to_x509(request->cert, &leaf, err);
	if (rc == 0)
		rc = seal(request, chain, leaf, ret_der, err);
	free_certificates(chain);
	return rc;
}
