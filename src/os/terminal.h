/*
 * What the person sits at, and what stands in its place.
 */
#ifndef OS_TERMINAL_H
#define OS_TERMINAL_H

#include <stdbool.h>

#include "base/error.h"

bool terminal_is_interactive(int fd);
/* Columns of the terminal behind fd, or 80. */
int terminal_width(int fd);
/* Reads one line from standard input without its newline; heap text. ERR_CANCELLED at end of file
 * or on a signal. */
int terminal_read_line(char **ret_line, struct error *err) WARN_UNUSED;
/* Puts /dev/null in the place of standard streams that are closed, so that no file which is opened
 * later gets their number and what is said. Call it before anything is opened. */
void terminal_open_streams(void);
/* Writes out what was printed; fails if some of it, now or earlier, could not be written.
 * ERR_CANCELLED: the reader of a pipe has gone, which is no fault. */
int terminal_flush(struct error *err) WARN_UNUSED;

#endif
