/*
 * Authenticated encryption of values under one key that is used for very many of them: AES-256-GCM,
 * with a message key of its own for each value.
 */
#ifndef CRYPTO_AEAD_H
#define CRYPTO_AEAD_H

#include "base/error.h"
#include "base/secret.h"
#include "base/span.h"
#include "base/strbuf.h"

enum {
	AEAD_KEY_LEN = 32,
	AEAD_OVERHEAD = 24 + 16, /* a sealed value is this much longer: salt, nonce and tag */
};

/* Replaces the contents with a new random key of AEAD_KEY_LEN bytes. */
void aead_make_key(struct secret *ret_key);
/* Appends the sealed form of `plain`, a different one each time. It opens only with the same
 * `bound` bytes, which are not part of it. */
void aead_seal(const struct secret *key, struct span bound, struct span plain, struct strbuf *out);
/* Opens what aead_seal() made. ERR_REFUSED: it was made with another key or bound to something
 * else, or was changed; nothing is returned then. */
int aead_open(const struct secret *key, struct span bound, struct span sealed,
	      struct secret *ret_plain, struct error *err) WARN_UNUSED;

#endif
