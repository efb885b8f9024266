/*
 * UTF-8 decoding (see utf8.h), strict as in RFC 3629.
 */
#include "base/utf8.h"

#include <string.h>

/* The smallest code point that may take so many bytes. */
static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};

size_t utf8_decode(const char *text, size_t len, uint32_t *ret_code_point)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t width = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
	uint32_t code_point = bytes[0] & (0x7fu >> width);

	if (bytes[0] < 0x80) {
		*ret_code_point = bytes[0];
		return 1;
	}
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4 || len < width)
		return 0;
	for (size_t i = 1; i < width; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		code_point = code_point << 6 | (bytes[i] & 0x3fu);
	}
	if (code_point < smallest[width] || code_point > 0x10ffff ||
	    (code_point >= 0xd800 && code_point <= 0xdfff))
		return 0;
	*ret_code_point = code_point;
	return width;
}

/* A word's length when the text starts with a word of ASCII, else 0. */
static size_t ascii_width(const char *text, size_t len)
{
	uint64_t word;

	if (len < sizeof(word))
		return 0;
	memcpy(&word, text, sizeof(word));
	return word & 0x8080808080808080u ? 0 : sizeof(word);
}

bool utf8_is_valid(const char *text, size_t len)
{
	uint32_t code_point;

	while (len) {
		size_t width = ascii_width(text, len);

		if (!width)
			width = utf8_decode(text, len, &code_point);
		if (!width)
			return false;
		text += width;
		len -= width;
	}
	return true;
}
