/*
 * A certificate taken apart (RFC 5280 4.1) with its public key left as it is. Never included
 * outside src/crypto.
 *
 * The library's own X509 decodes the public key at once, 90 of its 95 microseconds, which
 * `certificates` over thousands of lineages has no use for.
 */
#ifndef CRYPTO_CERT_DER_H
#define CRYPTO_CERT_DER_H

#include "base/strbuf.h"
#include "base/strvec.h"
#include "crypto/cert.h"
#include "crypto/evp.h"

struct cert_envelope {
	ASN1_STRING *tbs; /* the encoded TBSCertificate, which is what is signed */
	X509_ALGOR *algorithm;
	ASN1_BIT_STRING *signature;
};

struct cert_spki {
	X509_ALGOR *algorithm;
	ASN1_BIT_STRING *bits;
};

struct cert_fields {
	ASN1_INTEGER *version;
	ASN1_INTEGER *serial;
	X509_ALGOR *algorithm;
	X509_NAME *issuer;
	X509_VAL *validity;
	X509_NAME *subject;
	struct cert_spki *spki;
	ASN1_BIT_STRING *issuer_id, *subject_id;
	STACK_OF(X509_EXTENSION) *extensions;
};

struct cert {
	struct strbuf der;
	struct cert_envelope *envelope;
	struct cert_fields *fields;
	struct strvec dns_names, addresses;
	char *serial_hex, *issuer_cn, *subject_cn, *ocsp_url;
	int64_t not_before, not_after;
};

/* Decodes `cert->der` into envelope and fields. ERR_PARSE. */
int cert_der_decode(struct cert *cert, struct error *err) WARN_UNUSED;
/* Frees envelope and fields. */
void cert_der_release(struct cert *cert);
/* A decoded extension, which the caller frees, or NULL. *ret_is_broken: it is there, but cannot be
 * read or stands there twice. */
void *cert_der_extension(const struct cert *cert, int nid, bool *ret_is_broken);
/* The public key. ERR_PARSE. */
int cert_der_public_key(const struct cert *cert, EVP_PKEY **ret_pkey,
			struct error *err) WARN_UNUSED;
/* True when the signature is one of that key. */
bool cert_der_verifies(const struct cert *cert, EVP_PKEY *signer);
/* The certificate in the library's own form. ERR_PARSE. */
int cert_der_to_x509(const struct cert *cert, X509 **ret_x509, struct error *err) WARN_UNUSED;
/* First common name of a name, safe to print, or ""; the caller frees it. */
char *cert_der_common_name(const X509_NAME *name) WARN_UNUSED;
/* Seconds since 1970; false when the text is no time. */
bool cert_der_time(const ASN1_TIME *time, int64_t *ret_seconds);

#endif
