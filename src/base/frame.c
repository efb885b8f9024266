/*
 * Bounded reading and writing of message fields (see frame.h). A reader that has met anything wrong
 * returns empty values from then on, so that callers need to check only once, at the end.
 */
#include "base/frame.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

enum {
	U8_LEN = 1,
	U32_LEN = 4,
	U64_LEN = 8,
	MAX_ERROR_TEXT = 16 * 1024,
};

/* Big-endian, so that tests can write frames down on any machine. */
static void put_integer(struct strbuf *out, uint64_t value, unsigned len)
{
	while (len--)
		strbuf_addc(out, (char)(value >> (8 * len) & 0xff));
}

void frame_put_u8(struct strbuf *out, uint8_t value)
{
	put_integer(out, value, U8_LEN);
}

void frame_put_u32(struct strbuf *out, uint32_t value)
{
	put_integer(out, value, U32_LEN);
}

void frame_put_u64(struct strbuf *out, uint64_t value)
{
	put_integer(out, value, U64_LEN);
}

void frame_put_bytes(struct strbuf *out, const void *bytes, size_t len)
{
	if (len > UINT32_MAX)
		BUG("message field of %zu bytes", len);
	frame_put_u32(out, (uint32_t)len);
	strbuf_add(out, bytes, len);
}

void frame_put_text(struct strbuf *out, const char *text)
{
	struct span span = span_of(text ? text : "");

	frame_put_bytes(out, span.ptr, span.len);
}

/* Codes are negative, and small enough for a byte. */
void frame_put_error(struct strbuf *out, const struct error *err)
{
	frame_put_u8(out, (uint8_t)-err->code);
	frame_put_text(out, err->text);
	frame_put_text(out, err->hint);
}

/* Cut and not refused: it is for the log. */
void frame_put_line(struct strbuf *out, const char *text)
{
	size_t len = strlen(text);

	frame_put_bytes(out, text, len < FRAME_MAX_LINE ? len : FRAME_MAX_LINE);
}

/* A broken reader stays broken and gives empty values, so that a decoder checks once, at its
 * end. */
static struct span take_bytes(struct frame_reader *reader, size_t len)
{
	struct span part = span_make(reader->rest.ptr, len);

	if (reader->broken || len > reader->rest.len) {
		reader->broken = true;
		return span_make("", 0);
	}
	reader->rest.ptr += len;
	reader->rest.len -= len;
	return part;
}

static uint64_t get_integer(struct frame_reader *reader, unsigned len)
{
	struct span bytes = take_bytes(reader, len);
	uint64_t value = 0;

	for (size_t i = 0; i < bytes.len; i++)
		value = value << 8 | (unsigned char)bytes.ptr[i];
	return value;
}

uint8_t frame_get_u8(struct frame_reader *reader)
{
	return (uint8_t)get_integer(reader, U8_LEN);
}

uint32_t frame_get_u32(struct frame_reader *reader)
{
	return (uint32_t)get_integer(reader, U32_LEN);
}

uint64_t frame_get_u64(struct frame_reader *reader)
{
	return get_integer(reader, U64_LEN);
}

struct span frame_get_bytes(struct frame_reader *reader, size_t max_len)
{
	size_t len = frame_get_u32(reader);

	if (len > max_len)
		reader->broken = true;
	return take_bytes(reader, len);
}

char *frame_get_text(struct frame_reader *reader, size_t max_len)
{
	struct span text = frame_get_bytes(reader, max_len);

	if (span_has_nul(text)) {
		reader->broken = true;
		return xstrdup("");
	}
	return span_dup(text);
}

/* Another value would be undefined behaviour in a bool. */
bool frame_get_flag(struct frame_reader *reader)
{
	uint8_t value = frame_get_u8(reader);

	if (value > 1)
		reader->broken = true;
	return value == 1;
}

/* The text goes to the terminal, so a helper that was taken over must not write escape sequences
 * there. */
void frame_get_error(struct frame_reader *reader, struct error *ret_error)
{
	int code = -(int)frame_get_u8(reader);
	AUTO_FREE char *text = frame_get_text(reader, MAX_ERROR_TEXT);
	AUTO_FREE char *hint = frame_get_text(reader, MAX_ERROR_TEXT);

	if (code < ERR_INTERNAL || !ascii_is_printable_text(text) ||
	    !ascii_is_printable_text(hint) || (code != 0) != (text[0] != '\0'))
		reader->broken = true;
	if (reader->broken || !code)
		return;
	error_set(ret_error, code, "%s", text);
	if (hint[0])
		error_hint(ret_error, "%s", hint);
}

char *frame_get_line(struct frame_reader *reader)
{
	struct span line = frame_get_bytes(reader, FRAME_MAX_LINE);
	struct strbuf text = STRBUF_INIT;

	strbuf_add_printable(&text, line.ptr, line.len);
	return strbuf_detach(&text);
}

bool frame_is_whole(const struct frame_reader *reader)
{
	return !reader->broken && !reader->rest.len;
}
