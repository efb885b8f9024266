/*
 * Lines, indentation and line ends of a text, so that what is added looks like what is there.
 */
#ifndef CONFEDIT_LAYOUT_H
#define CONFEDIT_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

/* First byte of the line that holds `offset`. */
size_t layout_line_start(struct span text, size_t offset);
/* End of that line: its LF, the CR of its CRLF, or the end of the text. */
size_t layout_line_end(struct span text, size_t offset);
/* First byte of the next line, or the end of the text. */
size_t layout_next_line(struct span text, size_t offset);
/* True when only blanks stand between the start of the line and `offset`. */
bool layout_starts_line(struct span text, size_t offset);
/* Blanks at the start of the line that holds `offset`. */
struct span layout_indent(struct span text, size_t offset);
/* What stands between `offset` and the end of its line, blanks trimmed. */
struct span layout_rest_of_line(struct span text, size_t offset);
/* "\r\n" when the first line ends so, else "\n". */
const char *layout_newline(struct span text);
/* One step of indentation: "\t" when the first indented line starts with a tab, else four
 * blanks. */
const char *layout_indent_step(struct span text);

/* Line and column of `offset`, in bytes from 1; only LF ends a line. */
void layout_position(struct span text, size_t offset, size_t *ret_line, size_t *ret_column);

#endif
