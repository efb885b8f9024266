/*
 * White space, quotes and comments in lines of the ConfigObj dialect (see ini_parts.h).
 */
#include <string.h>

#include "base/ascii.h"
#include "codec/ini_parts.h"

/* Characters outside ASCII that Python counts as white space. */
static const char *const wide_spaces[] = {
	"\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
	"\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
	"\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
	"\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
};

static bool is_narrow_space(char c)
{
	return ascii_is_space(c) || (c >= 0x1c && c <= 0x1f);
}

size_t ini_space_width(struct span text)
{
	if (!text.len)
		return 0;
	if ((unsigned char)text.ptr[0] < 0x80)
		return is_narrow_space(text.ptr[0]);
	for (size_t i = 0; i < ARRAY_LEN(wide_spaces); i++) {
		size_t len = strlen(wide_spaces[i]);

		if (text.len >= len && memcmp(text.ptr, wide_spaces[i], len) == 0)
			return len;
	}
	return 0;
}

size_t ini_space_width_before(struct span text)
{
	const char *end = text.ptr + text.len;

	if (!text.len)
		return 0;
	if ((unsigned char)end[-1] < 0x80)
		return is_narrow_space(end[-1]);
	for (size_t i = 0; i < ARRAY_LEN(wide_spaces); i++) {
		size_t len = strlen(wide_spaces[i]);

		if (text.len >= len && memcmp(end - len, wide_spaces[i], len) == 0)
			return len;
	}
	return 0;
}

struct span ini_skip_space(struct span text)
{
	size_t width;

	/* Hardly any file has other white space than this. */
	while (text.len && is_narrow_space(text.ptr[0]))
		text = span_drop(text, 1);
	while ((width = ini_space_width(text)))
		text = span_drop(text, width);
	return text;
}

struct span ini_drop_trailing_space(struct span text)
{
	size_t width;

	while (text.len && is_narrow_space(text.ptr[text.len - 1]))
		text.len--;
	while ((width = ini_space_width_before(text)))
		text.len -= width;
	return text;
}

bool ini_is_quote(char c)
{
	return c == '"' || c == '\'';
}

struct span ini_unquote(struct span text)
{
	if (!text.len || !ini_is_quote(text.ptr[0]) || text.ptr[0] != text.ptr[text.len - 1])
		return text;
	return span_make(text.ptr + 1, text.len > 1 ? text.len - 2 : 0);
}

bool ini_is_tail(struct span text)
{
	text = ini_skip_space(text);
	return !text.len || text.ptr[0] == '#';
}
