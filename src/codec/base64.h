/*
 * Base64 in both alphabets (RFC 4648), strict: no white space, no stray padding, no trailing bits.
 */
#ifndef CODEC_BASE64_H
#define CODEC_BASE64_H

#include <stddef.h>

#include "base/error.h"
#include "base/span.h"
#include "base/strbuf.h"

/* base64url without padding, as JOSE uses it. Appends to `out`. */
void base64url_encode(struct strbuf *out, const void *bytes, size_t len);
/* Standard alphabet with padding. */
void base64_encode(struct strbuf *out, const void *bytes, size_t len);
/* Appends the decoded bytes; ERR_PARSE (nothing appended). */
int base64url_decode(struct strbuf *out, struct span text, struct error *err) WARN_UNUSED;
int base64_decode(struct strbuf *out, struct span text, struct error *err) WARN_UNUSED;

#endif
