/*
 * Parts of lines for a screen: marks with a symbol and a colour, and text that fits its width. For
 * an output that is not a terminal, marks are left out and nothing is wrapped.
 */
#ifndef OS_SCREEN_H
#define OS_SCREEN_H

#include "base/strbuf.h"
#include "os/terminal.h"

struct screen_mark {
	const char *symbol; /* UTF-8, of one column */
	const char *plain;  /* a column of ASCII, where symbols cannot be shown */
	const char *colour; /* ANSI */
};

/* Returns how many columns the text takes: two for wide characters, as those of Chinese, Japanese
 * and Korean, and none for marks that are put on the one before. */
int screen_text_columns(const char *text);
/* Returns how many bytes of the text, in whole characters, fit into so many columns. */
size_t screen_fitting_bytes(const char *text, int columns);
/* Appends the mark and a blank, which take two columns; nothing where there is no terminal. */
void screen_add_mark(const struct terminal_screen *screen, const struct screen_mark *mark,
		     struct strbuf *out);
/* Appends the text, made printable, and a newline. `indent` columns of the first line are taken
 * already; lines after it begin there. Lines are broken at blanks. */
void screen_add_wrapped(const struct terminal_screen *screen, int indent, const char *text,
			struct strbuf *out);

#endif
