/*
 * JSON Web Signatures in the flattened form that ACME uses (RFC 7515, RFC 8555 section 6.2), JWK
 * thumbprints (RFC 7638) and external account binding (RFC 8555 section 7.3.4).
 */
#ifndef CRYPTO_KEY_JWS_H
#define CRYPTO_KEY_JWS_H

#include "base/error.h"
#include "base/secret.h"
#include "base/strbuf.h"
#include "crypto/key/key.h"

/* The contents of the protected header. NULL members are omitted. */
struct jws_header {
	const char *nonce;
	const char *url;
	const char *kid; /* NULL: the public key is embedded as "jwk" */
};

/* Signs the payload and appends {"protected","payload","signature"}. An empty payload string means
 * POST-as-GET. The key determines the algorithm: RS256, ES256, ES384, ES512. ERR_INTERNAL. */
int jws_sign(const struct key *key, const struct jws_header *header, const char *payload,
	     struct strbuf *out, struct error *err) WARN_UNUSED;

/* Tells the receiver of a token which key signed it (RFC 7515 section 4.1). NULL members are
 * omitted. */
struct jws_key_name {
	const char *kid;
	const char *x5t; /* thumbprint of the certificate: SHA-1 in base64url */
};
/* Signs claims, given as JSON text, as a JSON Web Token and appends its compact form (RFC 7519).
 * ERR_INTERNAL. */
int jws_sign_token(const struct key *key, struct jws_key_name name, const char *claims,
		   struct strbuf *out, struct error *err) WARN_UNUSED;

/* Appends the public JWK with members in canonical order and no spaces: the input of the
 * thumbprint. */
void jwk_public(const struct key *key, struct strbuf *out);
/* Returns base64url(SHA-256(canonical JWK)), which the caller frees. */
char *jwk_thumbprint(const struct key *key) WARN_UNUSED;

/* The CA's credentials for external account binding. */
struct jws_binding {
	const char *kid;
	const struct secret *mac_key; /* raw bytes, already decoded */
	const char *algorithm;        /* HS256, HS384 or HS512 */
};

/* Appends the externalAccountBinding object for newAccount. ERR_CONFIG: unknown algorithm. */
int jws_bind_account(const struct key *account_key, const char *new_account_url,
		     const struct jws_binding *binding, struct strbuf *out,
		     struct error *err) WARN_UNUSED;

#endif
