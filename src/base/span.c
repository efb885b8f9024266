/*
 * Borrowed byte runs (see span.h).
 */
#include "base/span.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

struct span span_of(const char *text)
{
	return span_make(text, strlen(text));
}

bool span_eq(struct span span, const char *text)
{
	return strlen(text) == span.len && memcmp(span.ptr, text, span.len) == 0;
}

/* memcmp() must not get NULL, not even for no bytes. */
bool span_same(struct span a, struct span b)
{
	return a.len == b.len && (!a.len || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool span_eq_nocase(struct span span, const char *text)
{
	if (strlen(text) != span.len)
		return false;
	for (size_t i = 0; i < span.len; i++)
		if (ascii_lower(span.ptr[i]) != ascii_lower(text[i]))
			return false;
	return true;
}

struct span span_trim(struct span span)
{
	while (span.len && ascii_is_space(span.ptr[0])) {
		span.ptr++;
		span.len--;
	}
	while (span.len && ascii_is_space(span.ptr[span.len - 1]))
		span.len--;
	return span;
}

char *span_dup(struct span span)
{
	char *copy = xmalloc(span.len + 1);

	if (span.len)
		memcpy(copy, span.ptr, span.len);
	copy[span.len] = '\0';
	return copy;
}

bool span_has_nul(struct span span)
{
	return span.len && memchr(span.ptr, '\0', span.len) != NULL;
}

static void advance_span(struct span *span, size_t count)
{
	span->ptr += count;
	span->len -= count;
}

bool span_take_until(struct span *rest, char separator, struct span *ret_part)
{
	const char *found;

	if (!rest->len)
		return false;
	found = memchr(rest->ptr, separator, rest->len);
	*ret_part = span_make(rest->ptr, found ? (size_t)(found - rest->ptr) : rest->len);
	advance_span(rest, ret_part->len + (found != NULL));
	return true;
}

/* One carriage return only: a second one belongs to the line. */
bool span_take_line(struct span *rest, struct span *ret_line)
{
	if (!span_take_until(rest, '\n', ret_line))
		return false;
	if (ret_line->len && ret_line->ptr[ret_line->len - 1] == '\r')
		ret_line->len--;
	return true;
}

bool span_skip_prefix(struct span *rest, const char *prefix)
{
	size_t len = strlen(prefix);

	if (rest->len < len || memcmp(rest->ptr, prefix, len) != 0)
		return false;
	advance_span(rest, len);
	return true;
}
