/*
 * nginx's tokens: what a configuration file is to the server, byte by byte.
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

/* The next token. Errors (ERR_PARSE) name line and column and say what nginx says: an unexpected
 * character, a word without its end, a word or comment too long for nginx's buffer. */
int nginx_lex_next(struct nginx_lexer *lexer, struct nginx_token *ret_token,
		   struct error *err) WARN_UNUSED;

/* Reads the body of a "*_by_lua_block" behind its brace, up to (not including) the brace that ends
 * it: braces inside Lua strings, long brackets and comments do not count. */
int nginx_lex_skip_lua(struct nginx_lexer *lexer, struct error *err) WARN_UNUSED;

/* Appends the word as nginx sees it: without quotes, escapes replaced. */
void nginx_lex_decode(struct span text, const struct nginx_token *word, struct strbuf *out);

/* Appends `text` as one word that nginx reads back as just that, quoted where needed. ERR_REFUSED:
 * no spelling does that, because the text has a '$' (nginx would look for a variable) or a NUL. */
int nginx_lex_quote(const char *text, struct strbuf *out, struct error *err) WARN_UNUSED;

/* Sets ERR_PARSE "line L, column C: <message>" for the byte at `offset`. */
int nginx_lex_error(const struct nginx_lexer *lexer, size_t offset, struct error *err,
		    const char *format, ...) PRINTF_LIKE(4, 5);

#endif
