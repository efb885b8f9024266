/*
 * nginx's tokenizer (the behaviour of its core's ngx_conf_file.c, in states of our own): a word
 * ends at a blank, ';' or '{'; it may start with a quote, but a quote inside it is an ordinary
 * byte; '}' and '#' are special only where a word could start; "${" does not open a block; a
 * backslash escapes any byte; a closing quote may be followed only by a blank, ';', '{' or ')'.
 *
 * nginx reads through a buffer of 4096 bytes and rejects a word or comment that fills it, so this
 * tokenizer does too.
 */
#include "confedit/nginx/nginx_lex.h"

#include <string.h>

#include "confedit/layout.h"

/* NGX_CONF_BUFFER. If this reader accepted what nginx does not, that would only show at the
 * reload. */
enum { NGINX_BUFFER = 4096 };

int nginx_lex_error(const struct nginx_lexer *lexer, size_t offset, struct error *err,
		    const char *format, ...)
{
	size_t line, column;
	va_list args;

	va_start(args, format);
	error_setv(err, ERR_PARSE, format, args);
	va_end(args);
	layout_position(lexer->text, offset, &line, &column);
	return error_wrap(err, "line %zu, column %zu", line, column);
}

static int unexpected(const struct nginx_lexer *lexer, size_t offset, struct error *err)
{
	AUTO(strbuf) struct strbuf shown = STRBUF_INIT;

	strbuf_add_printable(&shown, lexer->text.ptr + offset, 1);
	return nginx_lex_error(lexer, offset, err, "unexpected \"%s\"", shown.text);
}

static int unexpected_end(const struct nginx_lexer *lexer, struct error *err)
{
	return nginx_lex_error(lexer, lexer->text.len, err,
			       "unexpected end of file, expecting \";\" or \"}\"");
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Makes the checks that nginx makes whenever it needs more bytes: `start` is where the current
 * token began. The messages are nginx's, because users search for them. */
static int check_buffer(const struct nginx_lexer *lexer, size_t start, char quote,
			struct error *err)
{
	AUTO(strbuf) struct strbuf shown = STRBUF_INIT;

	if (lexer->at - start != NGINX_BUFFER || lexer->at == lexer->text.len)
		return 0;
	if (quote)
		return nginx_lex_error(
			lexer, start, err,
			"too long parameter, probably missing terminating \"%c\" character", quote);
	strbuf_add_printable(&shown, lexer->text.ptr + start, 10);
	return nginx_lex_error(lexer, start, err, "too long parameter \"%s...\" started",
			       shown.text);
}

/* Skips a comment up to its newline. nginx reads it through its buffer like a word, so one that is
 * too long is an error there. */
static int skip_comment(struct nginx_lexer *lexer, struct error *err)
{
	size_t start = lexer->at;

	do {
		lexer->at++;
		if (check_buffer(lexer, start, 0, err) < 0)
			return err->code;
	} while (lexer->at < lexer->text.len && lexer->text.ptr[lexer->at] != '\n');
	return 0;
}

/* Skips blanks and comments; at the end of the text, `at` is there. */
static int skip_blanks(struct nginx_lexer *lexer, struct error *err)
{
	while (lexer->at < lexer->text.len) {
		char byte = lexer->text.ptr[lexer->at];

		if (byte == '#') {
			if (skip_comment(lexer, err) < 0)
				return err->code;
		} else if (is_blank(byte)) {
			lexer->at++;
		} else {
			break;
		}
	}
	return 0;
}

/* Takes the byte at `at`, and the next one if it is escaped. nginx takes NUL as an ordinary byte,
 * but words here are C strings. */
static int take_byte(struct nginx_lexer *lexer, size_t start, char quote, struct error *err)
{
	char byte = lexer->text.ptr[lexer->at];

	if (!byte)
		return nginx_lex_error(lexer, lexer->at, err, "unexpected NUL byte");
	lexer->at++;
	if (check_buffer(lexer, start, quote, err) < 0)
		return err->code;
	if (byte != '\\' || lexer->at == lexer->text.len)
		return 0;
	if (!lexer->text.ptr[lexer->at])
		return nginx_lex_error(lexer, lexer->at, err, "unexpected NUL byte");
	lexer->at++;
	return check_buffer(lexer, start, quote, err);
}

/* The byte after a closing quote decides whether the word is well-formed. nginx reads that byte
 * before it decides, hence the look ahead at the buffer. */
static int check_behind_quote(struct nginx_lexer *lexer, size_t start, struct error *err)
{
	char byte;

	if (check_buffer(lexer, start, 0, err) < 0)
		return err->code;
	if (lexer->at == lexer->text.len)
		return unexpected_end(lexer, err);
	byte = lexer->text.ptr[lexer->at];
	if (is_blank(byte)) {
		struct nginx_lexer ahead = *lexer;

		ahead.at++;
		return check_buffer(&ahead, start, 0, err);
	}
	return byte == ';' || byte == '{' || byte == ')' ? 0 : unexpected(lexer, lexer->at, err);
}

static int lex_quoted(struct nginx_lexer *lexer, char quote, struct error *err)
{
	size_t start = ++lexer->at;

	while (lexer->at < lexer->text.len) {
		if (lexer->text.ptr[lexer->at] == quote) {
			lexer->at++;
			return check_behind_quote(lexer, start, err);
		}
		if (take_byte(lexer, start, quote, err) < 0)
			return err->code;
	}
	return unexpected_end(lexer, err);
}

static int lex_plain(struct nginx_lexer *lexer, struct error *err)
{
	size_t start = lexer->at;
	bool dollar = false; /* "${": the brace belongs to the word, and so does one more byte */

	while (lexer->at < lexer->text.len) {
		char byte = lexer->text.ptr[lexer->at];

		if (byte == ';' || (byte == '{' && !dollar))
			return 0;
		if (is_blank(byte)) {
			struct nginx_lexer ahead = *lexer;

			ahead.at++;
			return check_buffer(&ahead, start, 0, err);
		}
		dollar = byte == '$' || (byte == '{' && dollar);
		if (take_byte(lexer, start, 0, err) < 0)
			return err->code;
	}
	return unexpected_end(lexer, err);
}

static int lex_punctuation(struct nginx_lexer *lexer, struct nginx_token *token, struct error *err)
{
	bool closes = lexer->text.ptr[lexer->at] == '}';

	if (closes != (lexer->words == 0))
		return unexpected(lexer, lexer->at, err);
	switch (lexer->text.ptr[lexer->at++]) {
	case ';':
		token->kind = NGINX_TOKEN_SEMICOLON;
		break;
	case '{':
		token->kind = NGINX_TOKEN_OPEN;
		break;
	default:
		token->kind = NGINX_TOKEN_CLOSE;
		break;
	}
	lexer->words = 0;
	return 0;
}

int nginx_lex_next(struct nginx_lexer *lexer, struct nginx_token *ret_token, struct error *err)
{
	struct nginx_token token = {.kind = NGINX_TOKEN_END};
	int rc;
	char byte;

	if (skip_blanks(lexer, err) < 0)
		return err->code;
	token.start = lexer->at;
	if (lexer->at == lexer->text.len) {
		token.end = lexer->at;
		*ret_token = token;
		return lexer->words ? unexpected_end(lexer, err) : 0;
	}
	byte = lexer->text.ptr[lexer->at];
	if (byte == ';' || byte == '{' || byte == '}') {
		rc = lex_punctuation(lexer, &token, err);
	} else {
		token.kind = NGINX_TOKEN_WORD;
		token.quote = byte == '"' || byte == '\'' ? byte : 0;
		rc = token.quote ? lex_quoted(lexer, byte, err) : lex_plain(lexer, err);
		lexer->words++;
	}
	token.end = lexer->at;
	*ret_token = token;
	return rc;
}

/* True, with `at` moved past it, when a Lua long bracket ("[[", "[==[") starts here. The levels of
 * both ends must be the same. */
static bool skip_long_bracket(struct nginx_lexer *lexer, bool *ret_unclosed)
{
	struct span rest = span_make(lexer->text.ptr + lexer->at, lexer->text.len - lexer->at);
	AUTO(strbuf) struct strbuf closing = STRBUF_INIT;
	size_t level = 1;
	const char *found;

	while (level < rest.len && rest.ptr[level] == '=')
		level++;
	if (rest.len == 0 || rest.ptr[0] != '[' || level >= rest.len || rest.ptr[level] != '[')
		return false;
	strbuf_add(&closing, rest.ptr, level + 1);
	closing.text[0] = closing.text[level] = ']';
	found = memmem(rest.ptr + level + 1, rest.len - level - 1, closing.text, closing.len);
	*ret_unclosed = !found;
	if (found)
		lexer->at += (size_t)(found - rest.ptr) + closing.len;
	return true;
}

/* Skips a Lua comment; `at` is at its two dashes. */
static void skip_lua_comment(struct nginx_lexer *lexer, bool *ret_unclosed)
{
	lexer->at += 2;
	if (!skip_long_bracket(lexer, ret_unclosed))
		lexer->at = layout_next_line(lexer->text, lexer->at);
}

/* Skips a quoted Lua string; `at` is at its quote. An escaped quote does not end it. */
static void skip_lua_string(struct nginx_lexer *lexer, bool *ret_unclosed)
{
	char quote = lexer->text.ptr[lexer->at++];

	while (lexer->at < lexer->text.len && lexer->text.ptr[lexer->at] != quote)
		lexer->at += lexer->text.ptr[lexer->at] == '\\' ? 2 : 1;
	*ret_unclosed = lexer->at >= lexer->text.len;
	lexer->at++;
}

/* Braces are counted only outside strings and comments, as lua-nginx-module's own lexer does. */
int nginx_lex_skip_lua(struct nginx_lexer *lexer, struct error *err)
{
	struct span text = lexer->text;
	size_t depth = 0, start = lexer->at;
	bool unclosed = false;

	while (lexer->at < text.len && !unclosed) {
		char byte = text.ptr[lexer->at];

		if (byte == '}' && depth-- == 0)
			return 0;
		depth += byte == '{';
		start = lexer->at;
		if (byte == '-' && lexer->at + 1 < text.len && text.ptr[lexer->at + 1] == '-')
			skip_lua_comment(lexer, &unclosed);
		else if (byte == '"' || byte == '\'')
			skip_lua_string(lexer, &unclosed);
		else if (!skip_long_bracket(lexer, &unclosed))
			lexer->at++;
	}
	if (unclosed)
		return nginx_lex_error(lexer, start, err, "unterminated Lua string or comment");
	return nginx_lex_error(lexer, text.len, err, "Lua code block missing the closing \"}\"");
}

/* Any other escape keeps its backslash: "\." of a regular expression stays as it is. */
void nginx_lex_decode(struct span text, const struct nginx_token *word, struct strbuf *out)
{
	static const char letters[] = "\"'\\trn", bytes[] = "\"'\\\t\r\n";
	size_t at = word->start + (word->quote != 0), end = word->end - (word->quote != 0);

	for (; at < end; at++) {
		const char *found = NULL;

		if (text.ptr[at] == '\\' && at + 1 < end)
			found = strchr(letters, text.ptr[at + 1]);
		strbuf_addc(out, found ? bytes[found - letters] : text.ptr[at]);
		at += found != NULL;
	}
}

/* nginx has no escape for '$' in a path, and quoting does not help. */
int nginx_lex_quote(const char *text, struct strbuf *out, struct error *err)
{
	if (strchr(text, '$'))
		return error_set(err, ERR_REFUSED,
				 "cannot write '%s': nginx takes '$' for the start of a variable",
				 text);
	if (*text && !strpbrk(text, " \t\r\n;{}#\"'\\")) {
		strbuf_adds(out, text);
		return 0;
	}
	strbuf_addc(out, '"');
	for (const char *at = text; *at; at++) {
		if (*at == '"' || *at == '\\')
			strbuf_addc(out, '\\');
		strbuf_addc(out, *at);
	}
	strbuf_addc(out, '"');
	return 0;
}
