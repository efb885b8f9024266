/*
 * What the person sits at.
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

#endif
