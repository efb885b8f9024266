/*
 * Strings one after the other in a single block: for long lists that are only appended to and
 * walked. A string costs its length and one byte, and nothing is left between other things in the
 * heap.
 *
 *	for (const char *s = strpack_next(&pack, NULL); s; s = strpack_next(&pack, s))
 *		use(s);
 */
#ifndef BASE_STRPACK_H
#define BASE_STRPACK_H

#include <stddef.h>

#include "base/macros.h"
#include "base/strbuf.h"

struct strpack {
	struct strbuf bytes;
	size_t count;
};

#define STRPACK_INIT                                                                               \
	{                                                                                          \
		.bytes = STRBUF_INIT                                                               \
	}

/* Frees all strings; the pack is empty and usable afterwards. */
void strpack_release(struct strpack *pack);
DEFINE_AUTO(strpack, strpack_release);

/* Appends a copy of the text. */
void strpack_push(struct strpack *pack, const char *text);
/* Appends formatted text. */
void strpack_pushf(struct strpack *pack, const char *format, ...) PRINTF_LIKE(2, 3);

/* Returns the string after `previous`, or the first if that is NULL; NULL at the end. Borrowed,
 * until the pack is changed. */
const char *strpack_next(const struct strpack *pack, const char *previous);

#endif
