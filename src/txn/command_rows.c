/*
 * Rows of undo commands (see command_rows.h). The reader follows Python's csv module where the
 * dialect leaves room: a quote opens a quoted field only at its start, doubled quotes stand for
 * one, and what follows a closing quote belongs to the field.
 */
#include "txn/command_rows.h"

#include <string.h>

#include "base/alloc.h"

void command_rows_release(struct command_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		strvec_release(&rows->rows[i]);
	free(rows->rows);
	*rows = (struct command_rows)COMMAND_ROWS_INIT;
}

static struct strvec *add_row(struct command_rows *rows)
{
	ARRAY_GROW(rows->rows, rows->count, rows->capacity);
	strvec_init(&rows->rows[rows->count]);
	return &rows->rows[rows->count++];
}

void command_rows_push(struct command_rows *rows, const char *const *argv)
{
	struct strvec *row = add_row(rows);

	for (; *argv; argv++)
		strvec_push(row, *argv);
}

static bool rows_equal(const struct strvec *a, const struct strvec *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

bool command_rows_contain(const struct command_rows *rows, const struct strvec *argv)
{
	for (size_t i = 0; i < rows->count; i++)
		if (rows_equal(&rows->rows[i], argv))
			return true;
	return false;
}

/* Takes one byte off the front. */
static char take_byte(struct span *rest)
{
	char byte = rest->ptr[0];

	rest->ptr++;
	rest->len--;
	return byte;
}

static bool starts_with(const struct span *rest, const char *any_of)
{
	return rest->len && strchr(any_of, rest->ptr[0]) && rest->ptr[0];
}

/* Takes a quoted part, its opening quote gone, to its closing quote. */
static void take_quoted(struct span *rest, struct strbuf *field)
{
	while (rest->len) {
		char byte = take_byte(rest);

		if (byte == '"' && !starts_with(rest, "\""))
			return;
		if (byte == '"')
			take_byte(rest);
		strbuf_addc(field, byte);
	}
}

static void take_field(struct span *rest, struct strvec *row)
{
	AUTO(strbuf) struct strbuf field = STRBUF_INIT;

	if (starts_with(rest, "\"")) {
		take_byte(rest);
		take_quoted(rest, &field);
	}
	while (rest->len && !starts_with(rest, ",\r\n"))
		strbuf_addc(&field, take_byte(rest));
	strvec_push(row, field.text);
}

static void take_row(struct span *rest, struct strvec *row)
{
	take_field(rest, row);
	while (starts_with(rest, ",")) {
		take_byte(rest);
		take_field(rest, row);
	}
}

void command_rows_parse(struct command_rows *rows, struct span text)
{
	while (text.len) {
		if (starts_with(&text, "\r\n"))
			take_byte(&text);
		else
			take_row(&text, add_row(rows));
	}
}

/* A row with one empty field would be an empty line, which reads as no row: so it is quoted, as
 * Python does. */
static void print_field(const char *field, bool alone, struct strbuf *out)
{
	bool quoted = strpbrk(field, ",\"\r\n") || (alone && !field[0]);

	if (!quoted) {
		strbuf_adds(out, field);
		return;
	}
	strbuf_addc(out, '"');
	for (; *field; field++) {
		if (*field == '"')
			strbuf_addc(out, '"');
		strbuf_addc(out, *field);
	}
	strbuf_addc(out, '"');
}

void command_rows_print(const struct command_rows *rows, struct strbuf *out)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct strvec *row = &rows->rows[i];

		for (size_t j = 0; j < row->count; j++) {
			if (j)
				strbuf_addc(out, ',');
			print_field(row->items[j], row->count == 1, out);
		}
		strbuf_adds(out, "\r\n");
	}
}
