/*
 * Undo commands as comma-separated rows, in the dialect of Python's csv module: minimal quoting,
 * rows that end in CRLF.
 */
#ifndef TXN_COMMAND_ROWS_H
#define TXN_COMMAND_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "base/strvec.h"

struct command_rows {
	struct strvec *rows; /* one argv each */
	size_t count, capacity;
};

#define COMMAND_ROWS_INIT                                                                          \
	{                                                                                          \
		.rows = NULL                                                                       \
	}
void command_rows_release(struct command_rows *rows);
DEFINE_AUTO(command_rows, command_rows_release);

/* Appends a copy of the NULL-terminated argv. */
void command_rows_push(struct command_rows *rows, const char *const *argv);
/* True when one of the rows equals argv. */
bool command_rows_contain(const struct command_rows *rows, const struct strvec *argv);
/* Appends the rows of a text; empty lines are skipped. Like Python's reader, it accepts any
 * text. */
void command_rows_parse(struct command_rows *rows, struct span text);
/* Appends the text of the rows. */
void command_rows_print(const struct command_rows *rows, struct strbuf *out);

#endif
