/*
 * The contents of struct cert, and the slow way to read a certificate (RFC 5280 4.1): it reads
 * whatever OpenSSL reads, but does not decode the public key. cert_scan.h is the fast way. Never
 * included outside src/crypto.
 *
 * OpenSSL's own X509 decodes the public key at once, which takes 90 of its 95 microseconds.
 */
#ifndef CRYPTO_CERT_CERT_DER_H
#define CRYPTO_CERT_CERT_DER_H

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "crypto/cert/cert_scan.h"
#include "crypto/evp.h"
#include "crypto/key/key.h"

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
	bool is_plain; /* cert_scan() read it, and `parts` (spans of `der`) are valid */
	struct cert_parts parts;
	struct strvec dns_names, addresses;
	char *serial_hex, *issuer_cn, *subject_cn, *ocsp_url;
	int64_t not_before, not_after;
	enum key_kind key_kind;
};

/* A certificate as OpenSSL decodes it. */
struct cert_decoded {
	struct cert_envelope *envelope;
	struct cert_fields *fields;
};

#define CERT_DECODED_INIT                                                                          \
	{                                                                                          \
		.envelope = NULL                                                                   \
	}

/* Decodes `cert->der`. ERR_PARSE, but never for a plain certificate. */
int cert_der_decode(const struct cert *cert, struct cert_decoded *ret,
		    struct error *err) WARN_UNUSED;
void cert_decoded_release(struct cert_decoded *decoded);
DEFINE_AUTO(cert_decoded, cert_decoded_release);
/* Decodes `cert->der` and fills the other members of `cert` from it. ERR_PARSE. */
int cert_der_read(struct cert *cert, struct error *err) WARN_UNUSED;
/* The same by cert_scan(); false when that cannot read the certificate. */
bool cert_quick_read(struct cert *cert);
/* Returns a decoded extension, which the caller frees, or NULL. Sets *ret_is_broken when the
 * extension is present but unreadable or duplicated. */
void *cert_der_extension(const struct cert_decoded *decoded, int nid, bool *ret_is_broken);
/* Decodes the public key; the caller frees it. ERR_PARSE. */
int cert_der_public_key(const struct cert *cert, EVP_PKEY **ret_pkey,
			struct error *err) WARN_UNUSED;
/* True when the public key has exactly these octets. */
bool cert_der_has_key_bits(const struct cert *cert, struct span bits);
/* True when that key made the certificate's signature. */
bool cert_der_verifies(const struct cert *cert, EVP_PKEY *signer);
/* True when the issuer name of `cert` is the subject name of `issuer`. */
bool cert_der_names_issuer(const struct cert *cert, const struct cert *issuer);
/* Converts the certificate to OpenSSL's own type; the caller frees it. ERR_PARSE. */
int cert_der_to_x509(const struct cert *cert, X509 **ret_x509, struct error *err) WARN_UNUSED;
/* Returns the first common name of a name, safe to print, or ""; the caller frees it. */
char *cert_der_common_name(const X509_NAME *name) WARN_UNUSED;
/* Converts to seconds since 1970; false when the text is not a valid time. */
bool cert_der_time(const ASN1_TIME *time, int64_t *ret_seconds);

#endif
