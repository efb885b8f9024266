/*
 * Reads and edits Dovecot's configuration (see dovecot_conf.h). The rules are those of its own
 * reader, which works by lines: a quote hides a "#", and a comment line ends no continuation.
 */
#include "confedit/dovecot/dovecot_conf.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/edit.h"
#include "confedit/layout.h"

void dovecot_conf_release(struct dovecot_conf *conf)
{
	for (size_t i = 0; i < conf->count; i++) {
		free(conf->items[i].name);
		free(conf->items[i].value);
	}
	free(conf->items);
	*conf = (struct dovecot_conf)DOVECOT_CONF_INIT;
}

/* ---- Lines ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The end of the quoted text that begins at `at`: of its last byte, or of the line. */
static size_t quote_end(struct span line, size_t at)
{
	char quote = line.ptr[at];

	for (at++; at < line.len && line.ptr[at] != quote; at++)
		if (line.ptr[at] == '\\' && at + 1 < line.len)
			at++;
	return at;
}

/* The line without its comment and without blanks at either end. */
static struct span strip_comment(struct span line)
{
	line = span_trim(line);
	for (size_t i = 0; i < line.len; i++) {
		char c = line.ptr[i];

		if (c == '"' || c == '\'')
			i = quote_end(line, i);
		else if (c == '#' && (i == 0 || is_blank(line.ptr[i - 1])))
			return span_trim(span_make(line.ptr, i));
	}
	return line;
}

/* A logical line: its words on one line, and where they are in the text. */
struct logical_line {
	struct strbuf words;
	size_t start, end; /* without a comment */
	size_t first_end;  /* of the words on the first line */
};

static void logical_line_release(struct logical_line *line)
{
	strbuf_release(&line->words);
}
DEFINE_AUTO(logical_line, logical_line_release);

/* Adds a line; true when the next one continues it. */
static bool add_line(struct logical_line *line, struct span text, struct span words)
{
	bool goes_on = words.ptr[words.len - 1] == '\\';

	line->end = (size_t)(words.ptr - text.ptr) + words.len;
	if (!line->words.len) {
		line->start = (size_t)(words.ptr - text.ptr);
		line->first_end = line->end;
	}
	if (goes_on)
		words = span_trim(span_make(words.ptr, words.len - 1));
	strbuf_add(&line->words, words.ptr, words.len);
	if (goes_on)
		strbuf_addc(&line->words, ' ');
	return goes_on;
}

/* Takes the next logical line of the text, from `at` on. `ret_line` is empty before. */
static bool take_logical_line(struct span text, size_t *at, struct logical_line *ret_line)
{
	bool goes_on = true;

	for (; goes_on && *at < text.len; *at = layout_next_line(text, *at)) {
		size_t end = layout_line_end(text, *at);
		struct span words = strip_comment(span_make(text.ptr + *at, end - *at));

		if (words.len)
			goes_on = add_line(ret_line, text, words);
	}
	strbuf_trim(&ret_line->words);
	return ret_line->words.len > 0;
}

/* ---- Statements ---- */

/* The statement being read: the words of its line and what it will be. */
struct reader {
	struct span text;
	struct dovecot_conf *conf;
	struct logical_line line;
	size_t block; /* the innermost open one, or DOVECOT_TOP */
};

/* Counted from the start each time, which is fine for files of some hundred lines. */
static size_t line_number(const struct reader *reader)
{
	size_t line, column;

	layout_position(reader->text, reader->line.start, &line, &column);
	return line;
}

static struct dovecot_statement *add_statement(struct reader *reader, enum dovecot_kind kind)
{
	struct dovecot_conf *conf = reader->conf;

	ARRAY_GROW(conf->items, conf->count, conf->capacity);
	conf->items[conf->count] = (struct dovecot_statement){
		.kind = kind,
		.parent = reader->block,
		.line = line_number(reader),
	};
	return &conf->items[conf->count++];
}

/* Drops the blanks before [start, end), and backslashes that continue it on the next line. */
static size_t drop_blanks(struct span text, size_t start, size_t end)
{
	while (start < end &&
	       (ascii_is_space(text.ptr[start]) || (text.ptr[start] == '\\' && start + 1 < end &&
						    !layout_rest_of_line(text, start + 1).len)))
		start++;
	return start;
}

/* Quotes inside are left escaped: no path or name that is compared has any. */
static struct span without_quotes(struct span value)
{
	if (value.len >= 2 && (value.ptr[0] == '"' || value.ptr[0] == '\'') &&
	    value.ptr[value.len - 1] == value.ptr[0])
		return span_make(value.ptr + 1, value.len - 2);
	return value;
}

static int add_setting(struct reader *reader, size_t equals, struct error *err)
{
	struct span words = span_make(reader->line.words.text, reader->line.words.len);
	const char *raw = memchr(reader->text.ptr + reader->line.start, '=',
				 reader->line.first_end - reader->line.start);
	struct dovecot_statement *setting;

	/* The value's place in the text would be unclear: such a line is refused rather than
	 * edited. */
	if (!raw)
		return error_set(err, ERR_CONFIG, "line %zu has its '=' on a later line",
				 line_number(reader));
	setting = add_statement(reader, DOVECOT_SETTING);
	setting->name = span_dup(span_trim(span_make(words.ptr, equals)));
	setting->value = span_dup(without_quotes(span_trim(span_drop(words, equals + 1))));
	setting->value_start = drop_blanks(reader->text, (size_t)(raw - reader->text.ptr) + 1,
					   reader->line.end);
	setting->value_end = reader->line.end;
	return 0;
}

/* A block may have no name; then its value is empty, and its place is before the brace. */
static void read_block(struct reader *reader, struct span type, struct span name)
{
	struct dovecot_statement *block = add_statement(reader, DOVECOT_BLOCK);
	size_t end = reader->line.end - 1; /* of the brace */

	block->name = span_dup(type);
	block->value = span_dup(without_quotes(name));
	block->value_start = drop_blanks(reader->text, reader->line.start + type.len, end);
	while (end > block->value_start && ascii_is_space(reader->text.ptr[end - 1]))
		end--;
	block->value_end = end;
	reader->block = reader->conf->count - 1;
}

static void read_include(struct reader *reader, enum dovecot_kind kind, struct span path)
{
	struct dovecot_statement *include = add_statement(reader, kind);

	include->name = xstrdup(kind == DOVECOT_INCLUDE ? "!include" : "!include_try");
	include->value = span_dup(path);
}

static int close_block(struct reader *reader, struct error *err)
{
	struct dovecot_statement *block;

	if (reader->block == DOVECOT_TOP)
		return error_set(err, ERR_CONFIG, "line %zu has a '}' without its '{'",
				 line_number(reader));
	block = &reader->conf->items[reader->block];
	block->body_end = layout_line_start(reader->text, reader->line.start);
	reader->block = block->parent;
	return 0;
}

static int read_statement(struct reader *reader, struct error *err)
{
	struct span words = span_make(reader->line.words.text, reader->line.words.len), rest;
	size_t len = 0;

	while (len < words.len && !is_blank(words.ptr[len]) && words.ptr[len] != '=')
		len++;
	rest = span_trim(span_drop(words, len));
	words.len = len;
	if (span_eq(words, "!include"))
		read_include(reader, DOVECOT_INCLUDE, rest);
	else if (span_eq(words, "!include_try"))
		read_include(reader, DOVECOT_INCLUDE_TRY, rest);
	else if (rest.len && rest.ptr[0] == '=')
		return add_setting(reader, (size_t)(rest.ptr - words.ptr), err);
	else if (span_eq(words, "}") && !rest.len)
		return close_block(reader, err);
	else if (rest.len && rest.ptr[rest.len - 1] == '{')
		read_block(reader, words, span_trim(span_make(rest.ptr, rest.len - 1)));
	return 0;
}

int dovecot_conf_parse(struct span text, struct dovecot_conf *ret, struct error *err)
{
	struct reader reader = {.text = text, .conf = ret, .block = DOVECOT_TOP};

	for (size_t at = 0; at < text.len;) {
		AUTO(logical_line) struct logical_line line = {.words = STRBUF_INIT};

		if (!take_logical_line(text, &at, &line))
			break;
		reader.line = line;
		if (read_statement(&reader, err) < 0)
			return err->code;
	}
	if (reader.block != DOVECOT_TOP)
		return error_set(err, ERR_CONFIG, "line %zu has a '{' without its '}'",
				 ret->items[reader.block].line);
	return 0;
}

/* Release 2.4 gave "%" and "$" meanings inside values; neither version needs quotes for these
 * characters. */
bool dovecot_conf_can_hold(const char *path)
{
	for (; *path; path++)
		if (!ascii_is_alnum(*path) && !strchr("/._-+@:,~", *path))
			return false;
	return true;
}

void dovecot_conf_names(const struct dovecot_statement *block, struct strvec *ret_names)
{
	strvec_split(ret_names, block->value, " \t");
}

/* ---- Edits ---- */

static void apply(struct strbuf *text, const struct edit *edit)
{
	AUTO(strbuf) struct strbuf changed = STRBUF_INIT;

	edit_apply(edit, &changed);
	strbuf_clear(text);
	strbuf_add(text, changed.text, changed.len);
}

static struct span text_span(const struct strbuf *text)
{
	return span_make(text->text, text->len);
}

void dovecot_conf_set(struct strbuf *text, const struct dovecot_statement *statement,
		      const char *value)
{
	AUTO(edit) struct edit edit = EDIT_INIT(text_span(text));
	bool is_empty = statement->value_start == statement->value_end;
	bool is_list = statement->kind == DOVECOT_BLOCK && strchr(value, ' ');
	AUTO_FREE char *written = xasprintf("%s%s%s%s", is_empty ? " " : "", is_list ? "\"" : "",
					    value, is_list ? "\"" : "");

	edit_replace(&edit, statement->value_start, statement->value_end, written);
	apply(text, &edit);
}

void dovecot_conf_add(struct strbuf *text, const struct dovecot_statement *block, const char *name,
		      const char *value)
{
	struct span old = text_span(text);
	struct span indent = layout_indent(old, layout_line_end(old, block->body_end));
	AUTO(edit) struct edit edit = EDIT_INIT(old);
	AUTO_FREE char *line = xasprintf("%.*s%s%s = %s%s", (int)indent.len, indent.ptr,
					 layout_indent_step(old), name, value, layout_newline(old));

	edit_insert(&edit, block->body_end, line);
	apply(text, &edit);
}

void dovecot_conf_append(struct strbuf *text, const char *lines)
{
	struct span old = text_span(text);
	AUTO(edit) struct edit edit = EDIT_INIT(old);

	if (old.len && old.ptr[old.len - 1] != '\n')
		edit_insert(&edit, old.len, layout_newline(old));
	edit_insert(&edit, old.len, lines);
	apply(text, &edit);
}
