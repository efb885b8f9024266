/*
 * Hashes and HMACs over byte strings.
 */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include <stddef.h>

#include "base/span.h"
#include "base/strbuf.h"

enum digest_kind {
	DIGEST_MD5,
	DIGEST_SHA1,
	DIGEST_SHA224,
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_SHA512,
	DIGEST_KIND__COUNT,
};

#define DIGEST_MAX 64

/* Appends the raw digest. */
void digest(enum digest_kind kind, const void *bytes, size_t len, struct strbuf *out);
/* Appends the digest as lower-case hex. */
void digest_hex(enum digest_kind kind, const void *bytes, size_t len, struct strbuf *out);
/* Appends the raw HMAC. */
void digest_hmac(enum digest_kind kind, struct span key, struct span message, struct strbuf *out);

#endif
