/*
 * Private and public keys. Only this folder uses OpenSSL; everything above works with these types.
 * Private PEM text leaves only as a struct secret.
 */
#ifndef CRYPTO_KEY_KEY_H
#define CRYPTO_KEY_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/secret.h"
#include "base/span.h"
#include "base/strbuf.h"

enum key_kind {
	KEY_RSA,
	KEY_EC,
	KEY_KIND__COUNT,
};

/* The kind of key to generate: RSA with its bits, or EC with its curve. */
struct key_spec {
	enum key_kind kind;
	int rsa_bits;      /* 2048 to 8192 */
	const char *curve; /* one of the three names, borrowed */
	const char *uri;   /* of the token that makes and keeps it (token.h); NULL: none */
};

struct key;

/* Generates a key, which the caller frees. ERR_CONFIG: bits or curve out of range. */
int key_generate(const struct key_spec *spec, struct key **ret_key, struct error *err) WARN_UNUSED;
/* Reads the first private key of a PEM text (PKCS#8, PKCS#1 or SEC 1, unencrypted; or the name of
 * one in a token, see token.h); the caller frees it. ERR_PARSE; ERR_NOT_FOUND: there is no such
 * token now. */
int key_from_pem(const char *pem, size_t len, struct key **ret_key, struct error *err) WARN_UNUSED;
/* Reads a private JWK object (RSA with or without CRT members; EC P-256, P-384, P-521); the caller
 * frees the key. ERR_PARSE. */
int key_from_jwk(const char *json, size_t len, struct key **ret_key, struct error *err) WARN_UNUSED;
void key_free(struct key *key);
DEFINE_AUTO_PTR(key, key_free);

/* Stores the private key as PKCS#8 PEM ("PRIVATE KEY"); of one in a token, the block that names
 * it. */
void key_to_pem(const struct key *key, struct secret *ret_pem);
/* Appends the SubjectPublicKeyInfo as PEM with 64-column lines and a final newline. */
void key_public_pem(const struct key *key, struct strbuf *out);
/* Appends the SHA-256 digest of the SubjectPublicKeyInfo. Requests (csr.h) and certificates
 * (cert.h) for the key have the same digest. */
void key_public_digest(const struct key *key, struct strbuf *out);
/* True when both have the same public half. */
bool key_is_same(const struct key *a, const struct key *b);
/* Stores the private JWK in Certbot's form: one line, ", " and ": " as separators, members in the
 * order of josepy (RSA: n e d p q dp dq qi kty; EC: d x y crv kty). */
void key_to_jwk(const struct key *key, struct secret *ret_json);

/* Appends the signature over a text: PKCS#1 v1.5 with RSA, DER with EC. `hash` is "SHA256",
 * "SHA384" or "SHA512". ERR_INTERNAL: the library cannot; ERR_NOT_FOUND: the token cannot be
 * asked. */
int key_sign(const struct key *key, const char *hash, struct span text, struct strbuf *out,
	     struct error *err) WARN_UNUSED;

/* Checks that the private and the public half belong together, which reading a PEM text does not:
 * they can be of different keys. For keys that others keep, before they are used. ERR_REFUSED. */
int key_check_halves(const struct key *key, struct error *err) WARN_UNUSED;

/* Returns the kind of the key. */
enum key_kind key_kind(const struct key *key);
/* Returns the size of the RSA modulus, or of the EC field, in bits. */
int key_bits(const struct key *key);
/* Returns "secp256r1" etc. for EC, static; NULL for RSA. */
const char *key_curve(const struct key *key);
/* Returns "RSA" or "ECDSA", as printed by `certificates`; "unknown" for KEY_KIND__COUNT. */
const char *key_kind_label(enum key_kind kind);
/* Returns "rsa" or "ecdsa", as used in options and renewal confs; "unknown" for KEY_KIND__COUNT. */
const char *key_kind_option(enum key_kind kind);
/* The inverse of key_kind_option(); false for any other text. Of a list ("ecdsa,rsa") the first word
 * counts: that is the certificate's own key. */
bool key_kind_from_option(const char *text, enum key_kind *ret_kind);

#endif
