/*
 * What the files of this folder share to work with OpenSSL: scope-bound ownership of its types and
 * its error queue turned into our errors. Never included outside src/crypto.
 */
#ifndef CRYPTO_EVP_H
#define CRYPTO_EVP_H

#include <stdbool.h>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"

/* AUTO() for a typedef of the library; `release` must accept NULL. */
#define DEFINE_AUTO_EVP(type, release)                                                             \
	static inline void auto_cleanup_##type(type **pointer)                                     \
	{                                                                                          \
		release(*pointer);                                                                 \
	}                                                                                          \
	struct error

DEFINE_AUTO_EVP(ASN1_INTEGER, ASN1_INTEGER_free);
DEFINE_AUTO_EVP(BIGNUM, BN_clear_free);
DEFINE_AUTO_EVP(BIO, BIO_free);
DEFINE_AUTO_EVP(BN_CTX, BN_CTX_free);
DEFINE_AUTO_EVP(EVP_MD_CTX, EVP_MD_CTX_free);
DEFINE_AUTO_EVP(EVP_PKEY, EVP_PKEY_free);
DEFINE_AUTO_EVP(EVP_PKEY_CTX, EVP_PKEY_CTX_free);
DEFINE_AUTO_EVP(OSSL_LIB_CTX, OSSL_LIB_CTX_free);
DEFINE_AUTO_EVP(X509, X509_free);
DEFINE_AUTO_EVP(X509_REQ, X509_REQ_free);

/* Both empty the library's error queue, which libcurl would otherwise find full. */
/* Sets ERR_INTERNAL, with ": <reason of the library>" behind the text; returns the code. */
int evp_error(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);
/* Sets the error as it is: bytes from outside are wrong, and what the library says about them
 * ("nested asn1 error") helps nobody. Returns the code. */
int evp_reject(struct error *err, enum err_code code, const char *format, ...) PRINTF_LIKE(3, 4);
/* For calls that fail only when memory is out: aborts unless `done`. */
void evp_must(bool done);

/* Gives back what a constructor of the library returned, which is never NULL. */
#define EVP_MADE(expression)                                                                       \
	({                                                                                         \
		__typeof__(expression) made_ = (expression);                                       \
		evp_must(made_ != NULL);                                                           \
		made_;                                                                             \
	})

/* Appends the DER form of an ASN.1 object. */
void evp_add_der(struct strbuf *out, const void *object, const ASN1_ITEM *item);
/* The object that all of the bytes encode, or NULL; the caller frees it. */
void *evp_decode_der(struct span der, const ASN1_ITEM *item);
/* Appends the SHA-256 digest of the key's SubjectPublicKeyInfo. */
void evp_add_public_digest(struct strbuf *out, const EVP_PKEY *pkey);
/* The bytes of a string, borrowed. */
struct span evp_octets(const ASN1_STRING *string);

#endif
