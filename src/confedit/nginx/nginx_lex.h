/*
 * nginx's tokens: how the server reads the bytes of a configuration file.
 */
#ifndef CONFEDIT_NGINX_NGINX_LEX_H
#define CONFEDIT_NGINX_NGINX_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"

enum nginx_token_kind {
	NGINX_TOKEN_WORD,
	NGINX_TOKEN_SEMICOLON,
	NGINX_TOKEN_OPEN,
	NGINX_TOKEN_CLOSE,
	NGINX_TOKEN_END, /* of the file, between two directives */
};

struct nginx_token {
	enum nginx_token_kind kind;
	size_t start, end; /* in the text; a word's quotes belong to it */
	char quote;        /* '"', '\'' or 0 */
};

struct nginx_lexer {
	struct span text; /* borrowed */
	size_t at;
	size_t words; /* of the directive being read */
};

/* Reads the next token. ERR_PARSE names line and column and has nginx's message: an unexpected
 * character, an unterminated word, or a word or comment too long for nginx's buffer. */
int nginx_lex_next(struct nginx_lexer *lexer, struct nginx_token *ret_token,
		   struct error *err) WARN_UNUSED;

/* Skips the body of a "*_by_lua_block" after its opening brace, up to (not including) the closing
 * one. Braces inside Lua strings, long brackets and comments do not count. */
int nginx_lex_skip_lua(struct nginx_lexer *lexer, struct error *err) WARN_UNUSED;

/* Appends the word as nginx sees it: without quotes, escapes replaced. */
void nginx_lex_decode(struct span text, const struct nginx_token *word, struct strbuf *out);

/* Appends `text` as one word that nginx reads back unchanged, quoted where needed. ERR_REFUSED when
 * that is impossible, because the text has a '$' (nginx would look for a variable) or a NUL. */
int nginx_lex_quote(const char *text, struct strbuf *out, struct error *err) WARN_UNUSED;

/* Sets ERR_PARSE "line L, column C: <message>" for the byte at `offset`. */
int nginx_lex_error(const struct nginx_lexer *lexer, size_t offset, struct error *err,
		    const char *format, ...) PRINTF_LIKE(4, 5);

#endif
