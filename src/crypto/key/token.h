/*
 * Private keys that a token keeps: a TPM 2.0, or whatever speaks PKCS #11. They never leave it. In
 * place of a key, PEM text then has a block that names it, which OpenSSL's providers for tokens
 * read and write ("TSS2 PRIVATE KEY" of tpm2-openssl, "PKCS#11 PROVIDER URI" of pkcs11-provider);
 * so a server that has the same provider in its openssl.cnf reads privkey.pem as ever.
 *
 * The public half of a TPM's key is in that block, so reading and comparing it needs no TPM.
 */
#ifndef CRYPTO_KEY_TOKEN_H
#define CRYPTO_KEY_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "crypto/key/key.h"

/* Sets the function that tells whether the run is to stop, which ends the wait for a token; NULL:
 * nothing does. */
void token_heed(bool (*should_stop)(void));

/* Checks what --key-uri says, and that it can be used now: "file:" for a file as without the
 * option; "tpm2:" for a key that the TPM of this machine makes; "pkcs11:" with the attributes of
 * RFC 7512 for one that is in a token already. ERR_CONFIG: anything else, or a PIN in the text,
 * which is kept where everybody may read. ERR_NOT_FOUND: no such provider, token or key. ERR_IO:
 * the token does not answer, which is not tried again in this process. ERR_CANCELLED: see above. */
int key_uri_reach(const char *uri, struct error *err) WARN_UNUSED;
/* True for NULL, too. */
bool key_uri_is_file(const char *uri);
/* True if the URI names one key, so that it is the same one each time. */
bool key_uri_names_key(const char *uri);
/* Opens the key that such a URI names; the caller frees it. ERR_NOT_FOUND: no provider, token or
 * key. */
int key_from_uri(const char *uri, struct key **ret_key, struct error *err) WARN_UNUSED;

/* True if PEM text names a key in a token. Says nothing about whether that is there. */
bool key_pem_is_in_token(const char *pem, size_t len);
/* True for a key whose private half is in a token. */
bool key_is_in_token(const struct key *key);
/* ERR_REFUSED for a key in a token: `use` ("a PKCS #12 file") needs the private half itself. */
int key_require_private(const struct key *key, const char *use, struct error *err) WARN_UNUSED;

#endif
