/*
 * Parts of lines for a screen (see screen.h). Colours are set and reset around each mark, so that a
 * line that is cut off by somebody leaves the terminal as it was.
 */
#include "os/screen.h"

#include <string.h>

#include "base/strvec.h"

int screen_text_columns(const char *text)
{
	int columns = 0;

	for (; *text; text++)
		columns += (*text & 0xc0) != 0x80; /* the first byte of a code point */
	return columns;
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
