/*
 * Assignments of shell files (see shell.h).
 */
#include "codec/shell.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

struct reader {
	struct span rest;
	struct map *values;
	struct strbuf value; /* of the assignment that is being read */
	bool needs_shell;    /* that value */
	size_t line;
};

static bool is_name_byte(char byte)
{
	return ascii_is_alnum(byte) || byte == '_';
}

static char next_shell_byte(const struct reader *reader)
{
	return reader->rest.len ? reader->rest.ptr[0] : '\0';
}

static char take_shell_byte(struct reader *reader)
{
	char byte = next_shell_byte(reader);

	if (!reader->rest.len)
		return '\0';
	reader->line += byte == '\n';
	reader->rest = span_drop(reader->rest, 1);
	return byte;
}

/* Digits are taken at the front, too; the callers refuse such a name, which is not an
 * assignment. */
static struct span take_name(struct reader *reader)
{
	const char *start = reader->rest.ptr;
	size_t len = 0;

	while (is_name_byte(next_shell_byte(reader))) {
		take_shell_byte(reader);
		len++;
	}
	return span_make(start, len);
}

/* is_at_line_end() has already judged what follows on the line. */
static void skip_line(struct reader *reader)
{
	while (reader->rest.len && take_shell_byte(reader) != '\n')
		continue;
}

static void skip_assignment_blanks(struct reader *reader)
{
	while (next_shell_byte(reader) == ' ' || next_shell_byte(reader) == '\t')
		take_shell_byte(reader);
}

/* After a dollar sign: a name, with or without braces. A name that was not assigned is empty, as
 * for a shell. Anything else, such as $(date) or ${X:-y}, is a shell's business. */
static void expand_variable(struct reader *reader)
{
	bool is_braced = next_shell_byte(reader) == '{';
	AUTO_FREE char *name = NULL;
	const char *known;

	if (is_braced)
		take_shell_byte(reader);
	name = span_dup(take_name(reader));
	if (!name[0] || ascii_is_digit(name[0]) || (is_braced && next_shell_byte(reader) != '}')) {
		reader->needs_shell = true;
		return;
	}
	if (is_braced)
		take_shell_byte(reader);
	known = map_get(reader->values, name);
	if (known)
		strbuf_adds(&reader->value, known);
}

/* Nothing has a meaning in single quotes, not even a backslash. A quote that is never closed is
 * left to a shell to complain about. */
static void read_single_quoted(struct reader *reader)
{
	while (reader->rest.len && next_shell_byte(reader) != '\'')
		strbuf_addc(&reader->value, take_shell_byte(reader));
	reader->needs_shell |= !reader->rest.len;
	take_shell_byte(reader);
}

/* After a backslash; a line that ends in one continues on the next. */
static void read_escaped(struct reader *reader, bool is_quoted)
{
	char byte = take_shell_byte(reader);

	if (byte == '\n')
		return;
	if (is_quoted && (!byte || !strchr("$`\"\\", byte)))
		strbuf_addc(&reader->value, '\\');
	if (byte)
		strbuf_addc(&reader->value, byte);
}

/* One byte of a value where dollar signs have a meaning. */
static void read_byte(struct reader *reader, bool is_quoted)
{
	char byte = take_shell_byte(reader);

	if (byte == '\\')
		read_escaped(reader, is_quoted);
	else if (byte == '$')
		expand_variable(reader);
	else if (byte == '`' || byte == '\0')
		reader->needs_shell = true;
	else
		strbuf_addc(&reader->value, byte);
}

static void read_double_quoted(struct reader *reader)
{
	while (reader->rest.len && next_shell_byte(reader) != '"')
		read_byte(reader, true);
	reader->needs_shell |= !reader->rest.len;
	take_shell_byte(reader);
}

/* Reads up to the blank, semicolon or newline that ends the value. */
static void read_value(struct reader *reader)
{
	strbuf_clear(&reader->value);
	reader->needs_shell = false;
	while (reader->rest.len && !reader->needs_shell &&
	       !strchr(" \t\r\n;", next_shell_byte(reader))) {
		if (next_shell_byte(reader) == '\'') {
			take_shell_byte(reader);
			read_single_quoted(reader);
		} else if (next_shell_byte(reader) == '"') {
			take_shell_byte(reader);
			read_double_quoted(reader);
		} else if (strchr("&|<>()", next_shell_byte(reader))) {
			reader->needs_shell = true;
		} else {
			read_byte(reader, false);
		}
	}
}

/* True when the rest of the line is blank or a comment. "A=b command" is a command. */
static bool is_at_line_end(struct reader *reader)
{
	while (next_shell_byte(reader) && strchr(" \t\r;", next_shell_byte(reader)))
		take_shell_byte(reader);
	return !reader->rest.len || next_shell_byte(reader) == '\n' ||
	       next_shell_byte(reader) == '#';
}

static void read_shell_line(struct reader *reader, struct strvec *ret_unread)
{
	size_t line = reader->line;
	AUTO_FREE char *name = NULL;

	skip_assignment_blanks(reader);
	if (span_skip_prefix(&reader->rest, "export "))
		skip_assignment_blanks(reader);
	name = span_dup(take_name(reader));
	if (name[0] && !ascii_is_digit(name[0]) && next_shell_byte(reader) == '=') {
		take_shell_byte(reader);
		read_value(reader);
		if (!reader->needs_shell && is_at_line_end(reader))
			map_set(reader->values, name, xstrdup(reader->value.text));
		else
			strvec_push(ret_unread, name);
	} else if (name[0] || !is_at_line_end(reader)) {
		strvec_pushf(ret_unread, "line %zu", line);
	}
	skip_line(reader);
}

void shell_read_assignments(struct span text, struct map *values, struct strvec *ret_unread)
{
	struct reader reader = {.rest = text, .values = values, .value = STRBUF_INIT, .line = 1};

	while (reader.rest.len)
		read_shell_line(&reader, ret_unread);
	/* Values may be tokens; the buffer still has the last one. */
	secret_wipe(reader.value.text, reader.value.len);
	strbuf_release(&reader.value);
}

void shell_add_word(struct strbuf *out, const char *text)
{
	strbuf_addc(out, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			strbuf_adds(out, "'\\'");
		strbuf_addc(out, *text);
	}
	strbuf_addc(out, '\'');
}
