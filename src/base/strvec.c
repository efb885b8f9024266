/*
 * Vector of owned strings (see strvec.h).
 */
#include "base/strvec.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/strbuf.h"

/* The items of every empty vector: always NULL-terminated, so that it can be an argv. */
char *strvec_empty[1];

void strvec_init(struct strvec *vec)
{
	*vec = (struct strvec)STRVEC_INIT;
}

void strvec_release(struct strvec *vec)
{
	for (size_t i = 0; i < vec->count; i++)
		free(vec->items[i]);
	if (vec->capacity)
		free(vec->items);
	strvec_init(vec);
}

void strvec_give(struct strvec *vec, char *own_text)
{
	/* One more than the strings need, for the NULL that execve(2) wants. */
	if (vec->count + 1 >= vec->capacity) {
		size_t capacity = vec->capacity ? vec->capacity * 2 : 8;

		vec->items = xreallocarray(vec->capacity ? vec->items : NULL, capacity,
					   sizeof(*vec->items));
		vec->capacity = capacity;
	}
	vec->items[vec->count++] = own_text;
	vec->items[vec->count] = NULL;
}

void strvec_push(struct strvec *vec, const char *text)
{
	strvec_give(vec, xstrdup(text));
}

void strvec_pushf(struct strvec *vec, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	strvec_give(vec, xvasprintf(format, args));
	va_end(args);
}

bool strvec_push_unique(struct strvec *vec, const char *text)
{
	if (strvec_contains(vec, text))
		return false;
	strvec_push(vec, text);
	return true;
}

void strvec_extend(struct strvec *vec, const struct strvec *other)
{
	for (size_t i = 0; i < other->count; i++)
		strvec_push(vec, other->items[i]);
}

void strvec_remove(struct strvec *vec, size_t index)
{
	if (index >= vec->count)
		BUG("remove of string %zu of %zu", index, vec->count);
	free(vec->items[index]);
	/* The NULL at the end moves too. */
	memmove(vec->items + index, vec->items + index + 1,
		(vec->count - index) * sizeof(*vec->items));
	vec->count--;
}

/* Linear: for the names of one certificate, not for all of a machine. Those are in a map. */
bool strvec_contains(const struct strvec *vec, const char *text)
{
	for (size_t i = 0; i < vec->count; i++)
		if (strcmp(vec->items[i], text) == 0)
			return true;
	return false;
}

bool strvec_keep_only(struct strvec *vec, const char *text)
{
	if (!strvec_contains(vec, text))
		return false;
	strvec_release(vec);
	strvec_push(vec, text);
	return true;
}

bool strvec_is_subset(const struct strvec *a, const struct strvec *b)
{
	for (size_t i = 0; i < a->count; i++)
		if (!strvec_contains(b, a->items[i]))
			return false;
	return true;
}

bool strvec_same_set(const struct strvec *a, const struct strvec *b)
{
	return strvec_is_subset(a, b) && strvec_is_subset(b, a);
}

/* By bytes, not by locale: the order of files and names must be the same on every machine. */
static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strvec_sort(struct strvec *vec)
{
	if (vec->count > 1)
		qsort(vec->items, vec->count, sizeof(*vec->items), compare_strings);
}

char *strvec_join(const struct strvec *vec, const char *separator)
{
	AUTO(strbuf) struct strbuf joined = STRBUF_INIT;

	for (size_t i = 0; i < vec->count; i++) {
		if (i)
			strbuf_adds(&joined, separator);
		strbuf_adds(&joined, vec->items[i]);
	}
	return strbuf_detach(&joined);
}

/* Blanks around an item and empty items are dropped: people write "a, b,". */
void strvec_split(struct strvec *vec, const char *text, const char *separators)
{
	while (*text) {
		size_t len = strcspn(text, separators);
		const char *start = text, *end = text + len;

		while (start < end && ascii_is_space(*start))
			start++;
		while (end > start && ascii_is_space(end[-1]))
			end--;
		if (end > start)
			strvec_give(vec, xstrndup(start, (size_t)(end - start)));
		text += len + (text[len] != '\0');
	}
}
