/*
 * Keys as numbers, and what is inside struct key. Never included outside src/crypto.
 *
 * Every key that is read (PEM, JWK, certificate) is taken apart here and handed to OpenSSL as
 * numbers: its own decoders try every known format for each key, 0.3 ms where this takes 0.03.
 */
#ifndef CRYPTO_KEY_PARTS_H
#define CRYPTO_KEY_PARTS_H

#include "base/error.h"
#include "base/span.h"
#include "codec/json.h"
#include "crypto/evp.h"
#include "crypto/key.h"

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
};

/* The rows for the curves; NULL when it is none of ours. */
const struct curve *curve_by_name(const char *name);
const struct curve *curve_by_jwk_name(const char *name);
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
/* The public key of n and e, or the private key when d is there; missing factors and CRT numbers
 * are computed (and stored in `numbers`). Factors that are there must fit. ERR_PARSE. */
int rsa_numbers_to_evp(struct rsa_numbers *numbers, EVP_PKEY **ret_pkey,
		       struct error *err) WARN_UNUSED;
/* Appends n and e as a subjectPublicKey holds them (RFC 8017 A.1.1). */
void rsa_numbers_add_public(const struct rsa_numbers *numbers, struct strbuf *out);
/* OpenSSL's parameter name of a number. */
const char *rsa_number_param(enum rsa_number number);

struct ec_numbers {
	const struct curve *curve;
	struct span point;    /* SEC 1 octets; empty: computed from the scalar */
	const BIGNUM *scalar; /* NULL: a public key */
};
/* ERR_PARSE: the point is not on the curve or the scalar out of range. That the two belong together
 * is not checked. */
int ec_numbers_to_evp(const struct ec_numbers *numbers, EVP_PKEY **ret_pkey,
		      struct error *err) WARN_UNUSED;

/* The public key of a certificate or request; NULL in *ret_pkey when its kind is none of ours.
 * ERR_PARSE. */
int key_evp_from_spki(const X509_ALGOR *algorithm, const ASN1_BIT_STRING *bits, EVP_PKEY **ret_pkey,
		      struct error *err) WARN_UNUSED;

/* Octets of the subjectPublicKey that belongs to the key in a PEM text. ERR_NOT_FOUND: it can only
 * be computed. ERR_PARSE. */
int key_pem_public_bits(const char *pem, size_t len, struct strbuf *ret_bits,
			struct error *err) WARN_UNUSED;

/* Makes a key of what OpenSSL has, and takes it over, also on failure. ERR_PARSE: none of ours. */
int key_give(EVP_PKEY *own_pkey, struct key **ret_key, struct error *err) WARN_UNUSED;
/* The public half as a JSON object with members in the order of RFC 7638; the caller frees it. */
struct json *key_public_json(const struct key *key) WARN_UNUSED;

#endif
