/*
 * Allocation that cannot fail: out of memory aborts the program. Sizes that a peer controls are
 * capped before they come here, so a peer cannot reach that abort.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/macros.h"

/* All of these return memory that the caller frees with free(). */
void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
/* Grows or shrinks `pointer` (may be NULL) to count * size bytes; aborts on overflow. */
void *xreallocarray(void *pointer, size_t count, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *text) __attribute__((malloc, returns_nonnull));
/* xstrdup() that maps NULL to NULL. */
char *xstrdup_or_null(const char *text);
/* Copies at most len bytes of text and terminates the copy. */
char *xstrndup(const char *text, size_t len) __attribute__((malloc, returns_nonnull));
void *xmemdup(const void *bytes, size_t len) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *format, ...) PRINTF_LIKE(1, 2) __attribute__((returns_nonnull));
char *xvasprintf(const char *format, va_list args) PRINTF_LIKE(1, 0)
	__attribute__((returns_nonnull));

#define XNEW(type) ((type *)xcalloc(1, sizeof(type)))

/* Makes room for one more element in a plain growing array: doubles `items` when full. */
#define ARRAY_GROW(items, count, capacity)                                                         \
	do {                                                                                       \
		if ((count) == (capacity)) {                                                       \
			(capacity) = (capacity) ? (capacity)*2 : 8;                                \
			(items) = xreallocarray((items), (capacity), sizeof(*(items)));            \
		}                                                                                  \
	} while (0)

/* Frees `pointer`, stores `value` (which it takes over) in its place. */
#define REPLACE(pointer, value)                                                                    \
	do {                                                                                       \
		__typeof__(pointer) replacement_ = (value);                                        \
		free(pointer);                                                                     \
		(pointer) = replacement_;                                                          \
	} while (0)

static inline void auto_free(void *pointer)
{
	free(*(void **)pointer);
}
#define AUTO_FREE __attribute__((cleanup(auto_free), unused))

/* Reports a mistake of ours (never of the input) and aborts. */
#define BUG(...) bug_abort(__FILE__, __LINE__, __VA_ARGS__)
void bug_abort(const char *file, int line, const char *format, ...) PRINTF_LIKE(3, 4) NORETURN;

#endif
