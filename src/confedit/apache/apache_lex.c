/*
 * Lines and words as httpd's ap_cfg_getline() and ap_getword_conf() read them (see apache_lex.h).
 * Observed with httpd 2.4: an escaped backslash before the line end joins lines like a lone one;
 * only CR LF and LF end lines; a word that begins with a quote ends at the next such quote, even if
 * no blank follows, or at the end of the line.
 */
#include "confedit/apache/apache_lex.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

void apache_lexer_init(struct apache_lexer *lexer, struct span text)
{
	*lexer = (struct apache_lexer){.text = text};
	strbuf_init(&lexer->line);
}

void apache_lexer_release(struct apache_lexer *lexer)
{
	strbuf_release(&lexer->line);
	free(lexer->offsets);
	lexer->offsets = NULL;
	lexer->capacity = 0;
}

/* Each byte of the logical line remembers where it came from: edits are made in the file, where the
 * line may be in pieces. */
static void add_bytes(struct apache_lexer *lexer, size_t start, size_t end)
{
	size_t needed = lexer->line.len + end - start;

	if (needed > lexer->capacity) {
		lexer->capacity = needed * 2;
		lexer->offsets = xreallocarray(lexer->offsets, lexer->capacity,
					       sizeof(*lexer->offsets));
	}
	for (size_t i = start; i < end; i++)
		lexer->offsets[lexer->line.len + i - start] = i;
	strbuf_add(&lexer->line, lexer->text.ptr + start, end - start);
}

/* Takes one line of the file; true when the next one continues it. httpd stops a line at a NUL
 * byte. */
static bool add_physical_line(struct apache_lexer *lexer)
{
	const char *bytes = lexer->text.ptr;
	size_t start = lexer->next;
	const char *newline = memchr(bytes + start, '\n', lexer->text.len - start);
	size_t end = newline ? (size_t)(newline - bytes) : lexer->text.len;
	const char *nul = memchr(bytes + start, '\0', end - start);

	lexer->next = newline ? end + 1 : end;
	if (nul) {
		add_bytes(lexer, start, (size_t)(nul - bytes));
		return false;
	}
	if (newline && end > start && bytes[end - 1] == '\r')
		end--;
	if (newline && end > start && bytes[end - 1] == '\\') {
		add_bytes(lexer, start, end - 1);
		return true;
	}
	add_bytes(lexer, start, end);
	return false;
}

static void trim_line(struct apache_lexer *lexer)
{
	size_t leading = 0;

	while (lexer->line.len && ascii_is_space(lexer->line.text[lexer->line.len - 1]))
		strbuf_truncate(&lexer->line, lexer->line.len - 1);
	while (leading < lexer->line.len && ascii_is_space(lexer->line.text[leading]))
		leading++;
	lexer->at = leading;
}

bool apache_lex_line(struct apache_lexer *lexer)
{
	strbuf_clear(&lexer->line);
	lexer->start = lexer->next;
	if (lexer->next == lexer->text.len)
		return false;
	while (add_physical_line(lexer))
		if (lexer->next == lexer->text.len)
			break;
	trim_line(lexer);
	return true;
}

size_t apache_lex_offset(const struct apache_lexer *lexer, size_t at)
{
	if (at < lexer->line.len)
		return lexer->offsets[at];
	return lexer->line.len ? lexer->offsets[lexer->line.len - 1] + 1 : lexer->start;
}

/* Where the word in quotes that begins at `at` has its closing quote; `limit` when it has none. */
static size_t find_closing_quote(const char *line, size_t at, size_t limit)
{
	char quote = line[at++];

	while (at < limit && line[at] != quote) {
		bool escape = line[at] == '\\' && at + 1 < limit &&
			      (line[at + 1] == quote || line[at + 1] == '\\');

		at += escape ? 2 : 1;
	}
	return at < limit ? at : limit;
}

/* Only quotes and backslashes are escaped; "\n" of a regular expression stays as it is. */
static void decode_word(const char *line, size_t start, size_t end, char quote, struct strbuf *out)
{
	for (size_t i = start; i < end; i++) {
		if (line[i] == '\\' && i + 1 < end &&
		    (line[i + 1] == '\\' || (quote && line[i + 1] == quote)))
			i++;
		strbuf_addc(out, line[i]);
	}
}

bool apache_lex_word(struct apache_lexer *lexer, size_t limit, struct apache_token *ret_token,
		     struct strbuf *ret_text)
{
	const char *line = lexer->line.text;
	size_t start = lexer->at, end;
	bool quoted;

	while (start < limit && ascii_is_space(line[start]))
		start++;
	lexer->at = start;
	if (start >= limit)
		return false;
	quoted = line[start] == '"' || line[start] == '\'';
	if (quoted) {
		end = find_closing_quote(line, start, limit);
		decode_word(line, start + 1, end, line[start], ret_text);
		end += end < limit;
	} else {
		for (end = start; end < limit && !ascii_is_space(line[end]);)
			end++;
		decode_word(line, start, end, 0, ret_text);
	}
	lexer->at = end;
	*ret_token = (struct apache_token){
		.start = apache_lex_offset(lexer, start),
		.end = apache_lex_offset(lexer, end - 1) + 1,
		.quote = quoted ? line[start] : 0,
	};
	return true;
}

/* '>' would end the line of a section too early. */
static bool needs_quotes(const char *text)
{
	if (!*text || *text == '"' || *text == '\'' || *text == '#')
		return true;
	for (const char *c = text; *c; c++)
		if (ascii_is_space(*c) || *c == '\\' || *c == '>')
			return true;
	return false;
}

void apache_lex_quote(const char *text, struct strbuf *out)
{
	if (!needs_quotes(text)) {
		strbuf_adds(out, text);
		return;
	}
	strbuf_addc(out, '"');
	for (const char *c = text; *c; c++) {
		if (*c == '"' || *c == '\\')
			strbuf_addc(out, '\\');
		strbuf_addc(out, *c);
	}
	strbuf_addc(out, '"');
}
