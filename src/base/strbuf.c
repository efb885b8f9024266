/*
 * Growing byte string (see strbuf.h for the invariants).
 */
#include "base/strbuf.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/secret.h"

/* The text of every empty buffer, so that `text` is always a string and never NULL. While
 * `capacity` is 0, it must be neither written to nor freed. */
char strbuf_empty[1];

void strbuf_init(struct strbuf *buffer)
{
	*buffer = (struct strbuf)STRBUF_INIT;
}

/* The cap stays: a buffer that is used again must not have lost its limit. */
void strbuf_release(struct strbuf *buffer)
{
	size_t cap = buffer->cap;

	if (buffer->capacity)
		free(buffer->text);
	strbuf_init(buffer);
	buffer->cap = cap;
}

void strbuf_clear(struct strbuf *buffer)
{
	buffer->len = 0;
	buffer->overflowed = false;
	if (buffer->capacity)
		buffer->text[0] = '\0';
}

char *strbuf_detach(struct strbuf *buffer)
{
	char *text = buffer->capacity ? buffer->text : xstrdup("");
	size_t cap = buffer->cap;

	strbuf_init(buffer);
	buffer->cap = cap;
	return text;
}

bool strbuf_overflowed(const struct strbuf *buffer)
{
	return buffer->overflowed;
}

/* Makes room for `extra` more bytes; false when the cap forbids it. */
static bool reserve_space(struct strbuf *buffer, size_t extra)
{
	size_t needed;

	/* Written as a subtraction, because the sum could wrap around. */
	if (extra > buffer->cap - buffer->len) {
		buffer->overflowed = true;
		return false;
	}
	needed = buffer->len + extra + 1;
	if (needed > buffer->capacity) {
		/* Doubling makes appending linear; 24 bytes spare short texts a second
		 * allocation. */
		size_t grown = buffer->capacity * 2 > needed ? buffer->capacity * 2 : needed + 24;

		buffer->text = xreallocarray(buffer->capacity ? buffer->text : NULL, grown, 1);
		buffer->text[buffer->len] = '\0';
		buffer->capacity = grown;
	}
	return true;
}

void strbuf_reserve(struct strbuf *buffer, size_t extra)
{
	(void)!reserve_space(buffer, extra);
}

void strbuf_add(struct strbuf *buffer, const void *bytes, size_t len)
{
	if (!len || !reserve_space(buffer, len))
		return;
	memcpy(buffer->text + buffer->len, bytes, len);
	buffer->len += len;
	buffer->text[buffer->len] = '\0';
}

void strbuf_adds(struct strbuf *buffer, const char *text)
{
	strbuf_add(buffer, text, strlen(text));
}

void strbuf_addc(struct strbuf *buffer, char byte)
{
	strbuf_add(buffer, &byte, 1);
}

void strbuf_addv(struct strbuf *buffer, const char *format, va_list args)
{
	char small[256];
	bool has_room = buffer->capacity - buffer->len > sizeof(small) && buffer->capacity;
	char *at = has_room ? buffer->text + buffer->len : small;
	size_t room = has_room ? buffer->capacity - buffer->len : sizeof(small);
	va_list first;
	int len;

	/* Most texts fit into the room that is there, and take one pass: counting first costs as
	 * much as printing. vsnprintf() uses up its list. */
	va_copy(first, args);
	len = vsnprintf(at, room, format, first);
	va_end(first);
	if (len < 0)
		BUG("bad format '%s'", format);
	if (has_room && ((size_t)len >= room || (size_t)len > buffer->cap - buffer->len))
		secret_wipe(at, room);
	if (len && reserve_space(buffer, (size_t)len)) {
		if ((size_t)len >= room)
			vsnprintf(buffer->text + buffer->len, (size_t)len + 1, format, args);
		else if (!has_room)
			memcpy(buffer->text + buffer->len, small, (size_t)len + 1);
		buffer->len += (size_t)len;
	}
	/* The text may be a secret. */
	if (!has_room)
		secret_wipe(small, (size_t)len < room ? (size_t)len : room);
}

void strbuf_addf(struct strbuf *buffer, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	strbuf_addv(buffer, format, args);
	va_end(args);
}

void strbuf_add_printable(struct strbuf *buffer, const char *text, size_t len)
{
	size_t at = 0;

	while (at < len) {
		size_t width = ascii_printable_width(text + at, len - at);

		if (width)
			strbuf_add(buffer, text + at, width);
		else if (text[at] == '\n' || text[at] == '\t')
			strbuf_addc(buffer, ' ');
		else
			strbuf_addf(buffer, "\\x%02x", (unsigned char)text[at]);
		at += width ? width : 1;
	}
}

void strbuf_mask(struct strbuf *buffer, const char *secret)
{
	static const char mask[] = "***";
	size_t len = strlen(secret), at = 0;
	char *found;

	/* A few letters occur in any message: masking them would show what they are. */
	if (len < STRBUF_MIN_MASKED)
		return;
	while (at < buffer->len && (found = strstr(buffer->text + at, secret)) != NULL) {
		at = (size_t)(found - buffer->text);
		strbuf_splice(buffer, at, len, mask, sizeof(mask) - 1);
		at += sizeof(mask) - 1;
	}
}

void strbuf_add_hex(struct strbuf *buffer, const void *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < len; i++) {
		strbuf_addc(buffer, digits[byte[i] >> 4]);
		strbuf_addc(buffer, digits[byte[i] & 15]);
	}
}

/* The shared empty text is never written to. */
void strbuf_truncate(struct strbuf *buffer, size_t len)
{
	if (len > buffer->len)
		BUG("truncate to %zu beyond %zu", len, buffer->len);
	buffer->len = len;
	if (buffer->capacity)
		buffer->text[len] = '\0';
}

/* memcpy() and memmove() must not get NULL even for no bytes (C17 7.24.1p2), and strbuf_empty must
 * not be written to: hence the conditions. */
void strbuf_splice(struct strbuf *buffer, size_t offset, size_t len, const void *bytes,
		   size_t bytes_len)
{
	size_t tail;

	if (offset > buffer->len || len > buffer->len - offset)
		BUG("splice of %zu bytes at %zu in %zu", len, offset, buffer->len);
	if (bytes_len > len && !reserve_space(buffer, bytes_len - len))
		return;
	tail = buffer->len - offset - len;
	if (tail)
		memmove(buffer->text + offset + bytes_len, buffer->text + offset + len, tail);
	if (bytes_len)
		memcpy(buffer->text + offset, bytes, bytes_len);
	buffer->len = buffer->len - len + bytes_len;
	if (buffer->capacity)
		buffer->text[buffer->len] = '\0';
}

void strbuf_trim(struct strbuf *buffer)
{
	size_t start = 0, end = buffer->len;

	while (end && ascii_is_space(buffer->text[end - 1]))
		end--;
	strbuf_truncate(buffer, end);
	while (start < end && ascii_is_space(buffer->text[start]))
		start++;
	strbuf_splice(buffer, 0, start, NULL, 0);
}
