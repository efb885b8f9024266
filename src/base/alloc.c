/*
 * Allocation that aborts instead of failing (see alloc.h). The message goes straight to stderr:
 * the log sink may itself need memory.
 */
#include "base/alloc.h"

#include <stdio.h>
#include <string.h>

static NORETURN void out_of_memory(void)
{
	fputs("certbot: out of memory\n", stderr);
	abort();
}

/* malloc(0) may return NULL, which would look like a failure. */
void *xmalloc(size_t size)
{
	void *memory = malloc(size ? size : 1);

	if (!memory)
		out_of_memory();
	return memory;
}

void *xcalloc(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size ? size : 1);

	if (!memory)
		out_of_memory();
	return memory;
}

void *xreallocarray(void *pointer, size_t count, size_t size)
{
	size_t bytes = 0;

	if (__builtin_mul_overflow(count, size, &bytes))
		out_of_memory();
	pointer = realloc(pointer, bytes > 0 ? bytes : 1);
	if (!pointer)
		out_of_memory();
	return pointer;
}

void *xmemdup(const void *bytes, size_t len)
{
	void *copy = xmalloc(len);

	if (len)
		memcpy(copy, bytes, len);
	return copy;
}

char *xstrdup(const char *text)
{
	return xmemdup(text, strlen(text) + 1);
}

char *xstrdup_or_null(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

char *xstrndup(const char *text, size_t len)
{
	size_t actual = strnlen(text, len);
	char *copy = xmalloc(actual + 1);

	memcpy(copy, text, actual);
	copy[actual] = '\0';
	return copy;
}

char *xvasprintf(const char *format, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, format, args) < 0)
		out_of_memory();
	return text;
}

char *xasprintf(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	return text;
}

void bug_abort(const char *file, int line, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "certbot: bug at %s:%d: ", file, line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}
