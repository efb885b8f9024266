/*
 * Packed strings (see strpack.h).
 */
#include "base/strpack.h"

#include <stdarg.h>
#include <string.h>

void strpack_release(struct strpack *pack)
{
	strbuf_release(&pack->bytes);
	pack->count = 0;
}

static void end_string(struct strpack *pack)
{
	strbuf_addc(&pack->bytes, '\0');
	pack->count++;
}

void strpack_push(struct strpack *pack, const char *text)
{
	strbuf_adds(&pack->bytes, text);
	end_string(pack);
}

void strpack_pushf(struct strpack *pack, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	strbuf_addv(&pack->bytes, format, args);
	va_end(args);
	end_string(pack);
}

const char *strpack_next(const struct strpack *pack, const char *previous)
{
	const char *next = previous ? previous + strlen(previous) + 1 : pack->bytes.text;

	return next < pack->bytes.text + pack->bytes.len ? next : NULL;
}
