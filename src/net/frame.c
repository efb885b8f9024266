/*
 * Bounded reading and writing of message fields (see frame.h). A reader that met anything wrong
 * gives empty values from then on, so that callers check once, at the end.
 */
#include "net/frame.h"

#include "base/alloc.h"

enum { U8_LEN = 1, U32_LEN = 4, U64_LEN = 8 };

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

static struct span take(struct frame_reader *reader, size_t len)
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
	struct span bytes = take(reader, len);
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
	return take(reader, len);
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

bool frame_is_whole(const struct frame_reader *reader)
{
	return !reader->broken && !reader->rest.len;
}
