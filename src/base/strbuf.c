/*
 * Growing byte string (see strbuf.h for the invariants).
 */
#include "base/strbuf.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/secret.h"
#include "base/utf8.h"

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

/* The number in \uXXXX at the start of a text; -1: there is no such escape. */
static int32_t escaped_unit(const char *text)
{
	int32_t unit = 0;

	if (text[0] != '\\' || text[1] != 'u')
		return -1;
	for (size_t i = 2; i < 6; i++) {
		int digit = ascii_hex_value(text[i]);

		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

/* Reads an escape of a JSON string (RFC 8259 section 7) and returns its width; 0: none is there. */
static size_t read_escape(const char *text, uint32_t *ret_code_point)
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	const char *letter = text[0] == '\\' && text[1] ? strchr(letters, text[1]) : NULL;
	int32_t high, low;

	if (letter) {
		*ret_code_point = (unsigned char)meanings[letter - letters];
		return 2;
	}
	high = escaped_unit(text);
	if (high < 0)
		return 0;
	*ret_code_point = (uint32_t)high;
	if (high < 0xd800 || high > 0xdbff)
		return 6;
	low = escaped_unit(text + 6);
	if (low < 0xdc00 || low > 0xdfff)
		return 6;
	*ret_code_point = (uint32_t)(0x10000 + (high - 0xd800) * 0x400 + (low - 0xdc00));
	return 12;
}

/* Returns the width of the secret at the start of the text, with any of its characters escaped; 0:
 * it is not there. Which are escaped is up to the program that wrote the text: Python escapes all
 * that is not ASCII, PHP the slash. */
static size_t escaped_width(const char *text, const char *secret, size_t len)
{
	size_t width = 0, at = 0;

	while (at < len) {
		uint32_t shown, wanted;
		size_t escape = read_escape(text + width, &shown), own = 1;

		if (escape) {
			own = utf8_decode(secret + at, len - at, &wanted);
			if (!own || shown != wanted)
				return 0;
		} else if (text[width] != secret[at]) {
			return 0;
		}
		width += escape ? escape : 1;
		at += own;
	}
	return width;
}

/* The width of the secret as it is or escaped. The first byte tells most places apart. */
static size_t secret_width(const char *text, const char *secret, size_t len)
{
	if (text[0] != secret[0] && text[0] != '\\')
		return 0;
	return strncmp(text, secret, len) == 0 ? len : escaped_width(text, secret, len);
}

static void replace_secret(struct strbuf *buffer, const char *secret, const char *mask)
{
	size_t len = strlen(secret), mask_len = strlen(mask), at = 0;

	while (at < buffer->len) {
		size_t width = secret_width(buffer->text + at, secret, len);

		if (width)
			strbuf_splice(buffer, at, width, mask, mask_len);
		at += width ? mask_len : 1;
	}
}

/* A few letters occur in any message: masking them would show what they are, and make a log that
 * nobody can read. */
void strbuf_mask(struct strbuf *buffer, const char *secret)
{
	AUTO(strbuf) struct strbuf quoted = STRBUF_INIT;

	if (strlen(secret) >= STRBUF_MIN_MASKED) {
		replace_secret(buffer, secret, "***");
	} else if (secret[0]) {
		strbuf_addf(&quoted, "\"%s\"", secret);
		replace_secret(buffer, quoted.text, "\"***\"");
		secret_wipe(quoted.text, quoted.len);
	}
}

void strbuf_mask_end(struct strbuf *buffer, const char *secret)
{
	size_t len = strlen(secret);

	len = len && len - 1 < buffer->len ? len - 1 : len ? buffer->len : 0;
	for (; len >= STRBUF_MIN_MASKED; len--) {
		if (memcmp(buffer->text + buffer->len - len, secret, len) != 0)
			continue;
		strbuf_truncate(buffer, buffer->len - len);
		strbuf_adds(buffer, "***");
		return;
	}
}

void strbuf_add_hex(struct strbuf *buffer, const void *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *byte = bytes;

	strbuf_reserve(buffer, 2 * len);
	for (size_t i = 0; i < len; i++) {
		const char pair[] = {digits[byte[i] >> 4], digits[byte[i] & 15]};

		strbuf_add(buffer, pair, sizeof(pair));
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
