/*
 * The exit status of the program. One table has all of them: the man page and the tests read it.
 */
#ifndef CLI_EXIT_STATUS_H
#define CLI_EXIT_STATUS_H

#include <stddef.h>

#include "base/error.h"

enum exit_status {
	EXIT_STATUS_OK = 0,
	EXIT_STATUS_FAILED = 1,
	EXIT_STATUS_USAGE = 2,
	EXIT_STATUS_SIGNAL = 128, /* and the signal's number */
};

struct exit_status_row {
	const char *label; /* "1", "128+N" */
	enum exit_status status;
	const char *meaning; /* sentences for the man page */
};

extern const struct exit_status_row exit_statuses[];
extern const size_t exit_status_count;

/* Returns the status for an error (which may not be set) and the signal that has stopped the run,
 * or 0. */
int exit_status_of(const struct error *err, int signal_number);

#endif
