/*
 * Writes manual pages in the macros of man(7). Text is plain, but for `words in backquotes`, which
 * are set in bold; nothing in it is taken for a macro or an escape.
 */
#ifndef CLI_ROFF_H
#define CLI_ROFF_H

#include <stddef.h>

#include "base/strbuf.h"

/* A tagged paragraph. */
struct roff_entry {
	const char *term;
	const char *text;
};

/* Begins the page: its name in capitals, its section, and what stands at the foot. The date is like
 * "Nov 29, 2026". */
void roff_title(struct strbuf *out, const char *name, int section, const char *version,
		const char *date);
/* Begins a section (.SH) or subsection (.SS). */
void roff_section(struct strbuf *out, const char *title);
void roff_subsection(struct strbuf *out, const char *title);
/* Appends text to the present line, without ending it. */
void roff_add(struct strbuf *out, const char *text);
void roff_add_bold(struct strbuf *out, const char *text, size_t len);
/* Appends text and ends the line. */
void roff_line(struct strbuf *out, const char *text);
/* Begins a paragraph. */
void roff_paragraph(struct strbuf *out);
/* Appends lines verbatim: what is typed, or a file. `lines` has no final newline. */
void roff_example(struct strbuf *out, const char *lines);
void roff_entry(struct strbuf *out, const char *term, const char *text);
/* Appends a section of entries. */
void roff_entries(struct strbuf *out, const char *title, const struct roff_entry *entries,
		  size_t count);

#endif
