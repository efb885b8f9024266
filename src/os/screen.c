/*
 * Parts of lines for a screen (see screen.h). Colours are set and reset around each mark, so that a
 * line that is cut off by somebody leaves the terminal as it was.
 */
#include "os/screen.h"

#include <string.h>

#include "base/strvec.h"
#include "base/utf8.h"

/* Blocks of Unicode whose characters are not one column wide (UAX 11, and marks that combine). The
 * C library would know them by locale only, and this program has none. */
static const struct {
	uint32_t first, last;
	int columns;
} widths[] = {
	{0x0300, 0x036f, 0},   {0x0591, 0x05bd, 0},   {0x064b, 0x065f, 0},   {0x1100, 0x115f, 2},
	{0x1ab0, 0x1aff, 0},   {0x1dc0, 0x1dff, 0},   {0x20d0, 0x20ff, 0},   {0x2e80, 0x303e, 2},
	{0x3041, 0x3098, 2},   {0x3099, 0x309a, 0},   {0x309b, 0xa4cf, 2},   {0xa960, 0xa97c, 2},
	{0xac00, 0xd7a3, 2},   {0xf900, 0xfaff, 2},   {0xfe00, 0xfe0f, 0},   {0xfe20, 0xfe2f, 0},
	{0xfe30, 0xfe6f, 2},   {0xff01, 0xff60, 2},   {0xffe0, 0xffe6, 2},   {0x1f300, 0x1f64f, 2},
	{0x1f680, 0x1f6ff, 2}, {0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2},
};

/* Takes the character at the start of the text, and returns its columns. A byte that is no UTF-8 is
 * shown as something of one column. */
static int take_character(const char *text, size_t *ret_bytes)
{
	uint32_t point = 0;
	size_t bytes = utf8_decode(text, strnlen(text, 4), &point);

	*ret_bytes = bytes ? bytes : 1;
	for (size_t i = 0; bytes > 1 && i < ARRAY_LEN(widths); i++)
		if (point >= widths[i].first && point <= widths[i].last)
			return widths[i].columns;
	return 1;
}

int screen_text_columns(const char *text)
{
	int columns = 0;
	size_t bytes;

	for (; *text; text += bytes)
		columns += take_character(text, &bytes);
	return columns;
}

size_t screen_fitting_bytes(const char *text, int columns)
{
	const char *end = text;
	size_t bytes;

	while (*end && (columns -= take_character(end, &bytes)) >= 0)
		end += bytes;
	return (size_t)(end - text);
}

void screen_add_mark(const struct terminal_screen *screen, const struct screen_mark *mark,
		     struct strbuf *out)
{
	if (!screen->columns)
		return;
	if (screen->has_colours)
		strbuf_addf(out, "\033[%sm", mark->colour);
	strbuf_adds(out, screen->has_symbols ? mark->symbol : mark->plain);
	if (screen->has_colours)
		strbuf_adds(out, "\033[0m");
	strbuf_addc(out, ' ');
}

/* A word that is longer than a line is not broken, so that it can be copied. */
void screen_add_wrapped(const struct terminal_screen *screen, int indent, const char *text,
			struct strbuf *out)
{
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	int at = indent;

	strvec_split(&words, text, " ");
	for (size_t i = 0; i < words.count; i++) {
		AUTO(strbuf) struct strbuf word = STRBUF_INIT;
		int width;

		strbuf_add_printable(&word, words.items[i], strlen(words.items[i]));
		width = screen_text_columns(word.text);
		if (i && screen->columns && at + 1 + width > screen->columns) {
			strbuf_addf(out, "\n%*s", indent, "");
			at = indent;
		} else if (i) {
			strbuf_addc(out, ' ');
			at++;
		}
		strbuf_adds(out, word.text);
		at += width;
	}
	strbuf_addc(out, '\n');
}
