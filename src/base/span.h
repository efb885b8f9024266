/*
 * A borrowed range of bytes, and the small steps by which parsers advance through it. Nothing here
 * allocates or reads past the end.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

struct span {
	const char *ptr;
	size_t len;
};

/* Returns the span of a string, without its NUL. */
struct span span_of(const char *text);
static inline struct span span_make(const char *ptr, size_t len)
{
	return (struct span){ptr, len};
}

/* Returns the span without its first `len` bytes; it must have that many. */
static inline struct span span_drop(struct span span, size_t len)
{
	return span_make(span.ptr + len, span.len - len);
}

/* True when the span equals the text. */
bool span_eq(struct span span, const char *text);
/* True when both spans have the same bytes. */
bool span_same(struct span a, struct span b);
/* True when the span equals the text without regard to ASCII case. */
bool span_eq_nocase(struct span span, const char *text);
/* Returns the span without ASCII white space at both ends. */
struct span span_trim(struct span span);
/* Returns a NUL-terminated copy, which the caller frees. */
char *span_dup(struct span span) WARN_UNUSED;
/* True when the bytes contain a NUL. */
bool span_has_nul(struct span span);

/* Takes the next line from `*rest`, without its LF or CRLF. False at the end. */
bool span_take_line(struct span *rest, struct span *ret_line);
/* Takes everything up to the first `separator` (consumed) or the end. False when `*rest` is
 * empty. */
bool span_take_until(struct span *rest, char separator, struct span *ret_part);
/* Drops `prefix` from the front of `*rest`; false when `*rest` does not begin with it. */
bool span_skip_prefix(struct span *rest, const char *prefix);

#endif
