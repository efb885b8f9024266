/*
 * Predicates that ignore the locale, and the rule for what may reach a terminal.
 */
#include "base/ascii.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

int ascii_hex_value(char c)
{
	if (ascii_is_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void ascii_lower_string(char *text)
{
	for (; *text; text++)
		*text = ascii_lower(*text);
}

bool str_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_starts_nocase(const char *text, const char *prefix)
{
	while (*prefix && ascii_lower(*text) == ascii_lower(*prefix)) {
		text++;
		prefix++;
	}
	return !*prefix;
}

bool str_ends(const char *text, const char *suffix)
{
	size_t len = strlen(text), suffix_len = strlen(suffix);

	return len >= suffix_len && memcmp(text + len - suffix_len, suffix, suffix_len) == 0;
}

bool str_eq_nocase(const char *a, const char *b)
{
	while (*a && ascii_lower(*a) == ascii_lower(*b)) {
		a++;
		b++;
	}
	return ascii_lower(*a) == ascii_lower(*b);
}

bool str_eq_or_null(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Stricter than strtoll(), which takes leading blanks and a plus sign. */
bool str_to_int64(const char *text, int64_t min, int64_t max, int64_t *ret_value)
{
	char *end = NULL;
	long long value;

	if (!ascii_is_digit(text[0]) && !(text[0] == '-' && ascii_is_digit(text[1])))
		return false;
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno || *end || value < min || value > max)
		return false;
	*ret_value = value;
	return true;
}

/* Code points that are invisible or change the direction of the text around them. */
static bool is_deceptive(uint32_t code_point)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x80, 0x9f},     {0xad, 0xad},       {0x61c, 0x61c},   {0x180e, 0x180e},
		{0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f}, {0xfeff, 0xfeff},
		{0xfff0, 0xfffb}, {0xe0000, 0xe0fff},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (code_point >= ranges[i].first && code_point <= ranges[i].last)
			return true;
	return false;
}

size_t ascii_printable_width(const char *text, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)text;
	uint32_t code_point = 0;
	size_t width;

	if (!len)
		return 0;
	if (bytes[0] < 0x80)
		return bytes[0] >= 0x20 && bytes[0] != 0x7f;
	width = utf8_decode(text, len, &code_point);
	return width && !is_deceptive(code_point) ? width : 0;
}

bool ascii_is_printable_text(const char *text)
{
	size_t len = strlen(text), at = 0;

	while (at < len) {
		size_t width = ascii_printable_width(text + at, len - at);

		if (!width)
			return false;
		at += width;
	}
	return true;
}
