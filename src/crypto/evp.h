/*
 * What the files of this folder share to work with OpenSSL: scope-bound ownership of its types, and
 * conversion of its error queue to our errors. Never included outside src/crypto.
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

/* Sets ERR_INTERNAL with ": <OpenSSL's reason>" appended; returns the code. This and the next
 * function empty OpenSSL's error queue, which would otherwise confuse libcurl. */
int evp_error(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);
/* Sets the error without OpenSSL's reason: bytes from outside are wrong, and what OpenSSL says
 * about them ("nested asn1 error") does not help anybody. Returns the code. */
int evp_reject(struct error *err, enum err_code code, const char *format, ...) PRINTF_LIKE(3, 4);
/* For calls that fail only when out of memory: aborts unless `done`. */
void evp_must(bool done);

/* Returns the result of an OpenSSL constructor; aborts when it is NULL. */
#define EVP_MADE(expression)                                                                       \
	({                                                                                         \
		__typeof__(expression) made_ = (expression);                                       \
		evp_must(made_ != NULL);                                                           \
		made_;                                                                             \
	})

/* Appends the DER form of an ASN.1 object. */
void evp_add_der(struct strbuf *out, const void *object, const ASN1_ITEM *item);
/* Decodes an object that must span all of the bytes; the caller frees it. NULL on failure. */
void *evp_decode_der(struct span der, const ASN1_ITEM *item);
/* Returns the bytes of a string, borrowed. */
struct span evp_octets(const ASN1_STRING *string);

#endif
