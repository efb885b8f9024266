/*
 * Lines, indentation and line ends of a text, so that additions match the existing text.
 */
#ifndef CONFEDIT_LAYOUT_H
#define CONFEDIT_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

/* Offset of the first byte of the line that holds `offset`. */
size_t layout_line_start(struct span text, size_t offset);
/* Offset of the end of that line: its LF, the CR of its CRLF, or the end of the text. */
size_t layout_line_end(struct span text, size_t offset);
/* Offset of the first byte of the next line, or the end of the text. */
size_t layout_next_line(struct span text, size_t offset);
/* True when there are only blanks between the start of the line and `offset`. */
bool layout_starts_line(struct span text, size_t offset);
/* The blanks at the start of the line that holds `offset`. */
struct span layout_indent(struct span text, size_t offset);
/* The text between `offset` and the end of its line, with blanks trimmed. */
struct span layout_rest_of_line(struct span text, size_t offset);
/* "\r\n" when the first line ends with that, else "\n". */
const char *layout_newline(struct span text);
/* One step of indentation: "\t" when the first indented line starts with a tab, else four
 * blanks. */
const char *layout_indent_step(struct span text);

/* Line and column of `offset`, in bytes from 1; only LF ends a line. */
void layout_position(struct span text, size_t offset, size_t *ret_line, size_t *ret_column);

#endif
