/*
 * The exit statuses (see exit_status.h). Certbot's: cron jobs and wrappers tell 1 and 2 apart.
 */
#include "cli/exit_status.h"

#include <signal.h>

#include "base/macros.h"

const struct exit_status_row exit_statuses[] = {
	{"0", EXIT_STATUS_OK,
	 "All was done that there was to do. For renew also: nothing was due. For certonly and run "
	 "also: the certificate is kept, because it is not due."},
	{"1", EXIT_STATUS_FAILED,
	 "It failed, or a part of it: of many certificates that renew renews, one is enough. Or the "
	 "answer is no: shadow found differences, a record that dns-persist check or dane check "
	 "looked for is not there, certificates --served saw another certificate. Also after Ctrl-C."},
	{"2", EXIT_STATUS_USAGE, "The command line, or a cli.ini, is wrong; nothing was done."},
	{"128+N", EXIT_STATUS_SIGNAL,
	 "As the shell shows it: signal N, such as SIGTERM (143), ended the program, after it had "
	 "removed its challenges."},
};

const size_t exit_status_count = ARRAY_LEN(exit_statuses);

/* Python's program answered Ctrl-C with 1. */
int exit_status_of(const struct error *err, int signal_number)
{
	if (!error_is_set(err))
		return EXIT_STATUS_OK;
	if (signal_number && signal_number != SIGINT)
		return EXIT_STATUS_SIGNAL + signal_number;
	return !signal_number && err->code == ERR_USAGE ? EXIT_STATUS_USAGE : EXIT_STATUS_FAILED;
}
