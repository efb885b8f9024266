/*
 * httpd's lines and words, byte for byte as its own reader sees them: a backslash before the line
 * end joins lines (in comments too), blanks at both ends do not count, a NUL ends the line, words
 * are parted by blanks or stand in quotes.
 *
 *	apache_lexer_init(&lexer, bytes);
 *	while (apache_lex_line(&lexer))
 *		while (apache_lex_word(&lexer, lexer.line.len, &token, &text))
 *			...
 */
#ifndef CONFEDIT_APACHE_APACHE_LEX_H
#define CONFEDIT_APACHE_APACHE_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"

struct apache_token {
	size_t start, end; /* bytes in the file, quotes included */
	char quote;        /* '"', '\'' or 0 */
};

struct apache_lexer {
	struct span text;   /* borrowed */
	size_t next;        /* where the next line begins */
	size_t start;       /* first byte of the present line in the file */
	struct strbuf line; /* the present line as httpd sees it */
	size_t at;          /* bytes of `line` that were read as words */
	size_t *offsets;    /* where each byte of `line` stands in the file */
	size_t capacity;
};

void apache_lexer_init(struct apache_lexer *lexer, struct span text);
void apache_lexer_release(struct apache_lexer *lexer);
DEFINE_AUTO(apache_lexer, apache_lexer_release);

/* Reads the next line, continuations and all; false at the end of the text. */
bool apache_lex_line(struct apache_lexer *lexer);
/* Reads a word of the line before its byte `limit`, appending it without quotes and escapes (but
 * with its variables) to `ret_text`; false when there is none. */
bool apache_lex_word(struct apache_lexer *lexer, size_t limit, struct apache_token *ret_token,
		     struct strbuf *ret_text);
/* Where the byte of the line stands in the file; the line's length gives the end of its last
 * byte. */
size_t apache_lex_offset(const struct apache_lexer *lexer, size_t at);

/* Appends the text as one word that httpd reads back as just that. A "${" in it still names a
 * variable, for httpd knows no escape for that. */
void apache_lex_quote(const char *text, struct strbuf *out);

#endif
