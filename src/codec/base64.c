/*
 * Base64 (see base64.h), RFC 4648. One coder serves both alphabets, which differ only in the last
 * two digits and in padding. Keys pass through here, so scratch memory is wiped and errors do not
 * quote the input.
 */
#include "codec/base64.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/secret.h"

struct alphabet {
	const char *name;
	const char *digits;
	const unsigned char *values; /* of digits, plus one; 0: not a digit */
	bool padded;
};

#define COMMON_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* Values of the digits that both alphabets have, plus one; 0: none of them. */
/* clang-format off */
#define COMMON_VALUES                                                                              \
	['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,         \
	['H'] = 8,  ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14,        \
	['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21,        \
	['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28,        \
	['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35,        \
	['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,        \
	['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49,        \
	['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,        \
	['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62
/* clang-format on */

/* Tables, since `certificates` decodes a certificate and a key of each lineage. */
static const unsigned char standard_values[256] = {COMMON_VALUES, ['+'] = 63, ['/'] = 64};
static const unsigned char url_safe_values[256] = {COMMON_VALUES, ['-'] = 63, ['_'] = 64};

static const struct alphabet standard = {"base64", COMMON_DIGITS "+/", standard_values, true};
static const struct alphabet url_safe = {"base64url", COMMON_DIGITS "-_", url_safe_values, false};

/* Writes the digits of one group of 1 to 3 bytes. */
static size_t encode_group(const struct alphabet *alphabet, const unsigned char *bytes, size_t len,
			   char digits[4])
{
	uint32_t bits = (uint32_t)bytes[0] << 16;

	if (len > 1)
		bits |= (uint32_t)bytes[1] << 8;
	if (len > 2)
		bits |= bytes[2];
	for (size_t i = 0; i < 4; i++)
		digits[i] = i <= len ? alphabet->digits[bits >> (18 - 6 * i) & 63] : '=';
	return alphabet->padded ? 4 : len + 1;
}

static void encode(struct strbuf *out, const struct alphabet *alphabet, const void *bytes,
		   size_t len)
{
	const unsigned char *next = bytes;
	char digits[4];

	while (len) {
		size_t group = len < 3 ? len : 3;

		strbuf_add(out, digits, encode_group(alphabet, next, group, digits));
		next += group;
		len -= group;
	}
}

void base64url_encode(struct strbuf *out, const void *bytes, size_t len)
{
	encode(out, &url_safe, bytes, len);
}

void base64_encode(struct strbuf *out, const void *bytes, size_t len)
{
	encode(out, &standard, bytes, len);
}

/* Takes the padding off; false when it is not exactly what the length asks for. */
static bool strip_padding(struct span *text)
{
	if (text->len % 4)
		return false;
	for (int i = 0; i < 2 && text->len && text->ptr[text->len - 1] == '='; i++)
		text->len--;
	return true;
}

/* Zero, for a byte that is not a digit, wraps around to a value with bits that no digit has. */
static bool decode_group(const struct alphabet *alphabet, const char *digits, unsigned char *bytes)
{
	const unsigned char *values = alphabet->values, *digit = (const unsigned char *)digits;
	uint32_t a = values[digit[0]] - 1u, b = values[digit[1]] - 1u;
	uint32_t c = values[digit[2]] - 1u, d = values[digit[3]] - 1u;
	uint32_t bits = a << 18 | b << 12 | c << 6 | d;

	bytes[0] = (unsigned char)(bits >> 16);
	bytes[1] = (unsigned char)(bits >> 8);
	bytes[2] = (unsigned char)bits;
	return (a | b | c | d) < 64;
}

/* Decodes into `bytes`, which has room for 3 bytes per 4 digits; returns the end or NULL. */
static unsigned char *decode_digits(const struct alphabet *alphabet, struct span text,
				    unsigned char *bytes)
{
	uint32_t bits = 0;
	unsigned bit_count = 0;

	if (text.len % 4 == 1)
		return NULL;
	for (; text.len >= 4; text = span_drop(text, 4), bytes += 3)
		if (!decode_group(alphabet, text.ptr, bytes))
			return NULL;
	for (size_t i = 0; i < text.len; i++) {
		uint32_t value = alphabet->values[(unsigned char)text.ptr[i]] - 1u;

		if (value >= 64)
			return NULL;
		bits = (bits << 6 | value) & 0xffff;
		bit_count += 6;
		if (bit_count >= 8) {
			bit_count -= 8;
			*bytes++ = (unsigned char)(bits >> bit_count);
		}
	}
	/* Left-over bits must be zero, else two texts would mean the same bytes. */
	return bits & ((1u << bit_count) - 1) ? NULL : bytes;
}

static int decode_text(struct strbuf *out, const struct alphabet *alphabet, struct span text,
		       struct error *err)
{
	/* Decoded apart, so that nothing is appended after an error. */
	size_t room = text.len / 4 * 3 + 3;
	AUTO_FREE unsigned char *bytes = NULL;
	unsigned char *end = NULL;

	if (!alphabet->padded || strip_padding(&text)) {
		bytes = xmalloc(room);
		end = decode_digits(alphabet, text, bytes);
		if (end)
			strbuf_add(out, bytes, (size_t)(end - bytes));
		secret_wipe(bytes, room);
	}
	return end ? 0 : error_set(err, ERR_PARSE, "cannot decode %s text", alphabet->name);
}

int base64url_decode(struct strbuf *out, struct span text, struct error *err)
{
	return decode_text(out, &url_safe, text, err);
}

int base64_decode(struct strbuf *out, struct span text, struct error *err)
{
	return decode_text(out, &standard, text, err);
}
