/*
 * Lines and words exactly as httpd's own reader sees them: a backslash before the line end joins
 * lines (in comments too), blanks at both ends are ignored, a NUL ends the line, and words are
 * separated by blanks or enclosed in quotes.
 *
 *	apache_lexer_init(&lexer, bytes);
 *	while (apache_lex_line(&lexer))
 *	while (apache_lex_word(&lexer, lexer.line.len, &token, &text))
 *	...
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
	size_t start;       /* first byte of the current line in the file */
	struct strbuf line; /* the current line as httpd sees it */
	size_t at;          /* bytes of `line` that have been read as words */
	size_t *offsets;    /* offset in the file of each byte of `line` */
	size_t capacity;
};

void apache_lexer_init(struct apache_lexer *lexer, struct span text);
void apache_lexer_release(struct apache_lexer *lexer);
DEFINE_AUTO(apache_lexer, apache_lexer_release);

/* Reads the next line with its continuations; false at the end of the text. */
bool apache_lex_line(struct apache_lexer *lexer);
/* Reads a word that starts before byte `limit` of the line, and appends it to `ret_text` without
 * quotes and escapes (but with its variables); false when there is none. */
bool apache_lex_word(struct apache_lexer *lexer, size_t limit, struct apache_token *ret_token,
		     struct strbuf *ret_text);
/* The offset in the file of a byte of the line; passing the line's length gives the end of its last
 * byte. */
size_t apache_lex_offset(const struct apache_lexer *lexer, size_t at);

/* Appends the text as one word that httpd reads back unchanged. A "${" in it still names a
 * variable, because httpd has no escape for that. */
void apache_lex_quote(const char *text, struct strbuf *out);

#endif
