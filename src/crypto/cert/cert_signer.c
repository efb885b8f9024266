/*
 * Signatures of certificates (see cert.h). An issuer's key is decoded once for all certificates
 * that are checked against it; then a P-256 signature costs 60 microseconds, nearly all of it
 * arithmetic.
 */
#include <openssl/err.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "crypto/cert/cert.h"
#include "crypto/cert/cert_der.h"

struct cert_signer {
	struct cert *cert;
	EVP_PKEY *pkey; /* NULL: it cannot be read, and has signed nothing */
};

/* Algorithms that need no parameters; others go through the library's own table. */
struct signature_algorithm {
	const char *oid;
	const char *key; /* kind that can have made it */
	const EVP_MD *(*digest)(void);
};

static const struct signature_algorithm algorithms[] = {
	/* 1.2.840.10045.4.3.2 to .4 */
	{"\x2a\x86\x48\xce\x3d\x04\x03\x02", "EC", EVP_sha256},
	{"\x2a\x86\x48\xce\x3d\x04\x03\x03", "EC", EVP_sha384},
	{"\x2a\x86\x48\xce\x3d\x04\x03\x04", "EC", EVP_sha512},
	/* 1.2.840.113549.1.1.11 to .13 */
	{"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", "RSA", EVP_sha256},
	{"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c", "RSA", EVP_sha384},
	{"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d", "RSA", EVP_sha512},
};

static const struct signature_algorithm *find_algorithm(struct span oid)
{
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++)
		if (span_eq(oid, algorithms[i].oid))
			return &algorithms[i];
	return NULL;
}

struct cert_signer *cert_signer_new(struct cert *own_issuer)
{
	struct cert_signer *signer = XNEW(struct cert_signer);
	AUTO(error) struct error ignored = ERROR_INIT;

	signer->cert = own_issuer;
	if (cert_der_public_key(own_issuer, &signer->pkey, &ignored) < 0)
		signer->pkey = NULL;
	return signer;
}

void cert_signer_free(struct cert_signer *signer)
{
	if (!signer)
		return;
	cert_free(signer->cert);
	EVP_PKEY_free(signer->pkey);
	free(signer);
}

/* The next letter of a name, in lower case; blanks do not count. -1 at the end. */
static int take_letter(struct span *rest)
{
	while (rest->len && rest->ptr[0] == ' ')
		*rest = span_drop(*rest, 1);
	if (!rest->len)
		return -1;
	*rest = span_drop(*rest, 1);
	return ascii_lower(rest->ptr[-1]);
}

/* True for common names that no rule makes equal: they differ in more than case and blanks. */
static bool names_differ(struct span mine, struct span other)
{
	int letter, other_letter;

	do {
		letter = take_letter(&mine);
		other_letter = take_letter(&other);
	} while (letter >= 0 && letter == other_letter);
	return letter != other_letter;
}

/* Names that are spelled alike are equal; others may be (RFC 5280 7.1), which only a decoding of
 * both certificates can tell. */
static bool names_issuer(const struct cert *cert, const struct cert *issuer)
{
	if (cert->is_plain && issuer->is_plain &&
	    span_same(cert->parts.issuer, issuer->parts.subject))
		return true;
	if (cert->is_plain && issuer->is_plain &&
	    names_differ(cert->parts.issuer_cn, issuer->parts.subject_cn))
		return false;
	return cert_der_names_issuer(cert, issuer);
}

static bool verifies(const struct cert_parts *parts, const struct signature_algorithm *algorithm,
		     EVP_PKEY *pkey)
{
	AUTO(EVP_MD_CTX) EVP_MD_CTX *context = EVP_MADE(EVP_MD_CTX_new());
	bool verified = EVP_PKEY_is_a(pkey, algorithm->key) &&
			EVP_DigestVerifyInit(context, NULL, algorithm->digest(), NULL, pkey) == 1 &&
			EVP_DigestVerify(context, (const unsigned char *)parts->signature.ptr,
					 parts->signature.len,
					 (const unsigned char *)parts->tbs.ptr,
					 parts->tbs.len) == 1;

	ERR_clear_error();
	return verified;
}

static bool was_signed(const struct cert *cert, EVP_PKEY *pkey)
{
	const struct signature_algorithm *algorithm =
		cert->is_plain ? find_algorithm(cert->parts.algorithm) : NULL;
	return algorithm ? verifies(&cert->parts, algorithm, pkey) : cert_der_verifies(cert, pkey);
}

bool cert_signer_signed(const struct cert_signer *signer, const struct cert *cert)
{
	return signer->pkey && names_issuer(cert, signer->cert) && was_signed(cert, signer->pkey);
}

void cert_issuers_release(struct cert_issuers *issuers)
{
	for (size_t i = 0; i < ARRAY_LEN(issuers->items); i++)
		cert_signer_free(issuers->items[i]);
	*issuers = (struct cert_issuers){.next = 0};
}

/* Whole certificates are compared: anybody can make one with the same name and serial number. */
static const struct cert_signer *find_signer(const struct cert_issuers *issuers,
					     const struct cert *issuer)
{
	struct span der = span_make(issuer->der.text, issuer->der.len);

	for (size_t i = 0; i < ARRAY_LEN(issuers->items); i++) {
		const struct cert_signer *signer = issuers->items[i];

		if (signer &&
		    span_same(der, span_make(signer->cert->der.text, signer->cert->der.len)))
			return signer;
	}
	return NULL;
}

static const struct cert_signer *add_signer(struct cert_issuers *issuers, const struct cert *issuer)
{
	AUTO(error) struct error ignored = ERROR_INIT;
	struct cert_signer **place = &issuers->items[issuers->next];
	struct cert *copy = NULL;

	/* It was read from these bytes before. */
	if (cert_from_der(issuer->der.text, issuer->der.len, &copy, &ignored) < 0)
		BUG("a certificate that cannot be read again");
	issuers->next = (issuers->next + 1) % ARRAY_LEN(issuers->items);
	cert_signer_free(*place);
	*place = cert_signer_new(copy);
	return *place;
}

/* Names first: decoding a key costs fifteen times as much as comparing them. */
bool cert_signed_by(const struct cert *cert, const struct cert *issuer,
		    struct cert_issuers *issuers)
{
	const struct cert_signer *signer;

	if (!names_issuer(cert, issuer))
		return false;
	signer = find_signer(issuers, issuer);
	if (!signer)
		signer = add_signer(issuers, issuer);
	return signer->pkey && was_signed(cert, signer->pkey);
}
