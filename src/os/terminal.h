/*
 * The terminal and the standard streams.
 */
#ifndef OS_TERMINAL_H
#define OS_TERMINAL_H

#include <stdbool.h>

#include "base/error.h"

/* True when the descriptor is a terminal. */
bool terminal_is_interactive(int fd);
/* Returns the number of columns of the terminal, or 80. */
int terminal_width(int fd);
/* True when the terminal understands control sequences: TERM is set, and not "dumb". */
bool terminal_has_sequences(void);

/* The abilities of an output. All zero: it is not a terminal, and lines may be of any length. */
struct terminal_screen {
	int columns;
	bool has_colours; /* sequences are understood, and not unwanted (NO_COLOR) */
	bool has_symbols; /* the environment names UTF-8 (LC_ALL, LC_CTYPE or LANG) */
};
/* Returns those of the descriptor. */
struct terminal_screen terminal_screen_of(int fd);
/* Reads one line from standard input without its newline; the caller frees it. ERR_CANCELLED at end
 * of file or on a signal. */
int terminal_read_line(char **ret_line, struct error *err) WARN_UNUSED;
/* Opens /dev/null for standard streams that are closed, so that no file opened later gets their
 * number and receives our output. Call it before opening anything. */
void terminal_open_streams(void);
/* True when standard output was one of these: nobody gets what is written to it. */
bool terminal_output_was_closed(void);
/* Flushes standard output; fails if any of it, now or earlier, could not be written. ERR_CANCELLED:
 * the reader of a pipe has gone, which is not an error of ours. */
int terminal_flush(struct error *err) WARN_UNUSED;

#endif
