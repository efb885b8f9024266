/*
 * Allocation that cannot fail: running out of memory aborts the program. Callers cap sizes that a
 * peer controls before they allocate, so a peer cannot cause that abort.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/macros.h"

/* Allocates size bytes. The caller frees whatever the functions here return with free(). */
void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
/* Zeroed memory; aborts when count * size overflows. */
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
/* Resizes `pointer` (may be NULL) to count * size bytes; aborts on overflow. */
void *xreallocarray(void *pointer, size_t count, size_t size) __attribute__((returns_nonnull));
/* Copies a string. */
char *xstrdup(const char *text) __attribute__((malloc, returns_nonnull));
/* Like xstrdup(), but returns NULL for NULL. */
char *xstrdup_or_null(const char *text);
/* Copies at most len bytes of text and NUL-terminates the copy. */
char *xstrndup(const char *text, size_t len) __attribute__((malloc, returns_nonnull));
/* Copies len bytes. */
void *xmemdup(const void *bytes, size_t len) __attribute__((malloc, returns_nonnull));
/* Formats into a new string. */
char *xasprintf(const char *format, ...) PRINTF_LIKE(1, 2) __attribute__((returns_nonnull));
/* The same with a va_list. */
char *xvasprintf(const char *format, va_list args) PRINTF_LIKE(1, 0)
	__attribute__((returns_nonnull));

#define XNEW(type) ((type *)xcalloc(1, sizeof(type)))

/* Makes room for one more element in a growing array: doubles `items` when it is full. */
#define ARRAY_GROW(items, count, capacity)                                                         \
	do {                                                                                       \
		if ((count) == (capacity)) {                                                       \
			(capacity) = (capacity) ? (capacity)*2 : 8;                                \
			(items) = xreallocarray((items), (capacity), sizeof(*(items)));            \
		}                                                                                  \
	} while (0)

/* Frees `pointer` and stores `value`, which it then owns. */
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

/* Reports a programming error (never bad input) and aborts. */
#define BUG(...) bug_abort(__FILE__, __LINE__, __VA_ARGS__)
/* Implements BUG(): prints file, line and message, then aborts. */
void bug_abort(const char *file, int line, const char *format, ...) PRINTF_LIKE(3, 4) NORETURN;

#endif
