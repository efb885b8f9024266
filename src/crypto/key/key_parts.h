/*
 * Keys as numbers, and the contents of struct key. Never included outside src/crypto.
 *
 * Every key that is read (PEM, JWK, certificate) is parsed here and handed to OpenSSL as numbers,
 * and what is written is put together from the key's numbers. OpenSSL's own decoders try every
 * known format for each key, which takes ten times as long: 0.3 ms instead of 0.03. Its encoders
 * go through all that there are, too, and X509_REQ_set_pubkey() uses both.
 */
#ifndef CRYPTO_KEY_KEY_PARTS_H
#define CRYPTO_KEY_KEY_PARTS_H

#include "base/error.h"
#include "base/span.h"
#include "codec/json.h"
#include "crypto/evp.h"
#include "crypto/key/key.h"

struct curve {
	const char *name;          /* as options and renewal confs say */
	const char *group;         /* OpenSSL's name */
	const char *jwk_name;      /* RFC 7518 6.2.1.1 */
	const char *jws_algorithm; /* RFC 7518 3.4 */
	const char *digest;        /* of that algorithm */
	int nid;
	int bits;
	size_t field_len; /* bytes of a coordinate */
};

struct key {
	EVP_PKEY *pkey;
	enum key_kind kind;
	const struct curve *curve; /* NULL for RSA */
	char *reference; /* PEM text that names it in a token; pkey is its public half then */
};

/* The curve of a key, or NULL if it is not one of ours. */
const struct curve *curve_of_pkey(const EVP_PKEY *pkey);
/* Finds a supported curve by its name in options, or returns NULL. */
const struct curve *curve_by_name(const char *name);
/* The same by its JWK name. */
const struct curve *curve_by_jwk_name(const char *name);
/* The same by OpenSSL's number. */
const struct curve *curve_by_nid(int nid);

/* In the order of RFC 8017 A.1.2 (and of Certbot's account files). */
enum rsa_number {
	RSA_N,
	RSA_E,
	RSA_D,
	RSA_P,
	RSA_Q,
	RSA_DP,
	RSA_DQ,
	RSA_QI,
	RSA_NUMBER__COUNT,
};

/* Absent numbers are NULL. Private ones should come from BN_secure_new(): then OpenSSL wipes its
 * copies, with or without a secure heap. */
struct rsa_numbers {
	BIGNUM *at[RSA_NUMBER__COUNT];
};
/* Wipes and frees the numbers. */
void rsa_numbers_release(struct rsa_numbers *numbers);
DEFINE_AUTO(rsa_numbers, rsa_numbers_release);
/* Makes the public key from n and e, or the private key if d is given; the caller frees it. Missing
 * factors and CRT numbers are computed and stored in `numbers`; given factors must match.
 * ERR_PARSE. */
int rsa_numbers_to_evp(struct rsa_numbers *numbers, EVP_PKEY **ret_pkey,
		       struct error *err) WARN_UNUSED;
/* Appends n and e in the form of a subjectPublicKey (RFC 8017 A.1.1). */
void rsa_numbers_add_public(const struct rsa_numbers *numbers, struct strbuf *out);
/* Returns OpenSSL's parameter name for a number. */
const char *rsa_number_param(enum rsa_number number);

struct ec_numbers {
	const struct curve *curve;
	struct span point;    /* SEC 1 octets; empty: computed from the scalar */
	const BIGNUM *scalar; /* NULL: a public key */
};
/* Makes a key, which the caller frees. ERR_PARSE: the point is not on the curve, or the scalar is
 * out of range. Does not check that point and scalar belong together. */
int ec_numbers_to_evp(const struct ec_numbers *numbers, EVP_PKEY **ret_pkey,
		      struct error *err) WARN_UNUSED;

/* Decodes the public key of a certificate or request; the caller frees it. Sets NULL for a kind
 * that we do not support. ERR_PARSE. */
int key_evp_from_spki(const X509_ALGOR *algorithm, const ASN1_BIT_STRING *bits, EVP_PKEY **ret_pkey,
		      struct error *err) WARN_UNUSED;

/* Appends the octets of the subjectPublicKey that belongs to the private key in a PEM text.
 * ERR_PARSE; ERR_NOT_FOUND: the text lacks them, so they would have to be computed. */
int key_pem_public_bits(const char *pem, size_t len, struct strbuf *ret_bits,
			struct error *err) WARN_UNUSED;

/* ---- Keys that a token keeps (token.h) ---- */

/* Makes a key in the token of spec->uri; the caller frees it. ERR_NOT_FOUND: no provider or token.
 */
int token_generate(const struct key_spec *spec, struct key **ret_key,
		   struct error *err) WARN_UNUSED;
/* True for the label of a PEM block that names a key in a token. */
bool token_has_label(struct span label);
/* Makes a key of the contents of such a block; the caller frees it. ERR_PARSE; ERR_NOT_FOUND: the
 * public half is only in the token, which cannot be asked. */
int token_key_of_block(struct span label, struct span der, struct key **ret_key,
		       struct error *err) WARN_UNUSED;
/* Returns the public half in the DER of a "TSS2 PRIVATE KEY"; the caller frees it. ERR_PARSE. */
int tss2_public_key(struct span der, EVP_PKEY **ret_pkey, struct error *err) WARN_UNUSED;
/* Makes a context that is ready to sign with the key, or with its private half in a token, which
 * waits for no other caller until key_end_signature(). `hash` is as for key_sign(). ERR_INTERNAL;
 * ERR_NOT_FOUND: the token cannot be asked. */
int key_begin_signature(const struct key *key, const char *hash, EVP_MD_CTX **ret_context,
			struct error *err) WARN_UNUSED;
/* Frees that context. */
void key_end_signature(const struct key *key, EVP_MD_CTX *context);
/* Wraps an OpenSSL key, which it takes over even on failure. ERR_PARSE: unsupported kind of key. */
int key_give(EVP_PKEY *own_pkey, struct key **ret_key, struct error *err) WARN_UNUSED;
/* Returns the public key as a JSON object with members in the order of RFC 7638; the caller frees
 * it. */
struct json *key_public_json(const struct key *key) WARN_UNUSED;

/* Returns one of the key's numbers, which the caller frees (BN_clear_free()). */
BIGNUM *pkey_number(const EVP_PKEY *pkey, const char *param) WARN_UNUSED;
/* Appends the public point of an EC key, as SEC 1 octets. */
void pkey_add_point(struct strbuf *out, const EVP_PKEY *pkey);
/* Makes the SubjectPublicKeyInfo of a request or certificate that of the key. */
void key_fill_spki(const struct key *key, X509_PUBKEY *ret_spki);
/* Appends the SubjectPublicKeyInfo in DER, of any kind of key. */
void pkey_add_spki(struct strbuf *out, const EVP_PKEY *pkey);
/* Appends the SHA-256 digest of the key's SubjectPublicKeyInfo. */
void pkey_add_public_digest(struct strbuf *out, const EVP_PKEY *pkey);

#endif
