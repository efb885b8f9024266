/*
 * Base64 in both alphabets (RFC 4648). Decoding is strict: it accepts no white space, no misplaced
 * padding and no trailing bits.
 */
#ifndef CODEC_BASE64_H
#define CODEC_BASE64_H

#include <stddef.h>

#include "base/error.h"
#include "base/span.h"
#include "base/strbuf.h"

/* Appends the bytes in base64url without padding, as JOSE uses it. */
void base64url_encode(struct strbuf *out, const void *bytes, size_t len);
/* Appends the bytes in the standard alphabet, with padding. */
void base64_encode(struct strbuf *out, const void *bytes, size_t len);
/* Decodes base64url without padding and appends the bytes. On ERR_PARSE nothing is appended. */
int base64url_decode(struct strbuf *out, struct span text, struct error *err) WARN_UNUSED;
/* The same for the standard alphabet with padding. */
int base64_decode(struct strbuf *out, struct span text, struct error *err) WARN_UNUSED;

#endif
