/*
 * A growing vector of owned strings. `items` is always NULL-terminated, so it can be passed to
 * execve() or walked by `for (char **s = v.items; *s; s++)`.
 */
#ifndef BASE_STRVEC_H
#define BASE_STRVEC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

struct strvec {
	char **items;
	size_t count;
	size_t capacity;
};

extern char *strvec_empty[1];

#define STRVEC_INIT                                                                                \
	{                                                                                          \
		.items = strvec_empty                                                              \
	}

/* Same as STRVEC_INIT, for a vector inside another object. */
void strvec_init(struct strvec *vec);
/* Frees all strings; the vector is empty and usable afterwards. */
void strvec_release(struct strvec *vec);
DEFINE_AUTO(strvec, strvec_release);

/* Appends a copy of the text. */
void strvec_push(struct strvec *vec, const char *text);
/* Appends a heap string, which the vector then owns. */
void strvec_give(struct strvec *vec, char *own_text);
/* Appends formatted text. */
void strvec_pushf(struct strvec *vec, const char *format, ...) PRINTF_LIKE(2, 3);
/* Appends a copy unless the vector has an equal string; true when it was added. */
bool strvec_push_unique(struct strvec *vec, const char *text);
/* Appends copies of all strings of `other`. */
void strvec_extend(struct strvec *vec, const struct strvec *other);
/* Removes and frees the string at `index`; the others keep their order. */
void strvec_remove(struct strvec *vec, size_t index);

/* True when the vector has an equal string. */
bool strvec_contains(const struct strvec *vec, const char *text);
/* Leaves only that string. False, and unchanged: it is not there. */
bool strvec_keep_only(struct strvec *vec, const char *text);
/* True when both hold the same set of strings; order and duplicates do not matter. */
bool strvec_same_set(const struct strvec *a, const struct strvec *b);
/* True when every string of `a` is in `b`. */
bool strvec_is_subset(const struct strvec *a, const struct strvec *b);
/* Sorts by byte value. */
void strvec_sort(struct strvec *vec);
/* Joins all strings with `separator`; the caller frees the result. */
char *strvec_join(const struct strvec *vec, const char *separator) WARN_UNUSED;
/* Splits the text at any byte of `separators`, trims white space and appends the non-empty
 * parts. */
void strvec_split(struct strvec *vec, const char *text, const char *separators);

#endif
