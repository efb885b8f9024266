/*
 * Private and public keys. The only home of OpenSSL is this folder; everything above works with
 * these types. Private PEM text leaves only as a struct secret.
 */
#ifndef CRYPTO_KEY_H
#define CRYPTO_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/secret.h"
#include "base/strbuf.h"

enum key_kind {
	KEY_RSA,
	KEY_EC,
	KEY_KIND__COUNT,
};

/* What to make: kind, and RSA bits or the curve ("secp256r1", "secp384r1", "secp521r1"). */
struct key_spec {
	enum key_kind kind;
	int rsa_bits;      /* 2048 to 8192 */
	const char *curve; /* one of the three names, borrowed */
};

struct key;

/* ERR_CONFIG: bits or curve out of range. */
int key_generate(const struct key_spec *spec, struct key **ret_key, struct error *err) WARN_UNUSED;
/* The first private key of a PEM text: PKCS#8, PKCS#1 or SEC 1, unencrypted. ERR_PARSE. */
int key_from_pem(const char *pem, size_t len, struct key **ret_key, struct error *err) WARN_UNUSED;
/* Reads a private JWK object (RSA with or without CRT members; EC P-256, P-384, P-521).
 * ERR_PARSE. */
int key_from_jwk(const char *json, size_t len, struct key **ret_key, struct error *err) WARN_UNUSED;
void key_free(struct key *key);
DEFINE_AUTO_PTR(key, key_free);

/* PKCS#8 PEM ("PRIVATE KEY"). */
void key_to_pem(const struct key *key, struct secret *ret_pem);
/* SubjectPublicKeyInfo PEM with 64-column lines and a final newline. */
void key_public_pem(const struct key *key, struct strbuf *out);
/* Appends the SHA-256 digest of the SubjectPublicKeyInfo, which requests (csr.h) and certificates
 * (cert.h) for the key have as well. */
void key_public_digest(const struct key *key, struct strbuf *out);
/* Private JWK as Certbot stores it: one line, ", " and ": " separators. RSA members in the order
 * n e d p q dp dq qi kty; EC: d x y crv kty, as josepy has them. */
void key_to_jwk(const struct key *key, struct secret *ret_json);

enum key_kind key_kind(const struct key *key);
/* RSA modulus size in bits; field size for EC. */
int key_bits(const struct key *key);
/* "secp256r1" etc. for EC; NULL for RSA. Borrowed, static. */
const char *key_curve(const struct key *key);
/* "RSA" or "ECDSA", as `certificates` prints; "unknown" for KEY_KIND__COUNT. */
const char *key_kind_label(enum key_kind kind);
/* "rsa" or "ecdsa", as options and renewal confs say; "unknown" for KEY_KIND__COUNT. */
const char *key_kind_option(enum key_kind kind);
bool key_kind_from_option(const char *text, enum key_kind *ret_kind);

#endif
