/*
 * Unit files of systemd (systemd.syntax(7)), as far as it takes to know what a timer starts.
 */
#ifndef CONFEDIT_TIMERS_UNIT_FILE_H
#define CONFEDIT_TIMERS_UNIT_FILE_H

#include "base/macros.h"
#include "base/span.h"
#include "base/strvec.h"

struct unit_file {
	char *unit;                      /* [Timer] Unit=, or NULL */
	struct strvec exec_start;        /* [Service] ExecStart=, one command line each */
	struct strvec environment_files; /* [Service] EnvironmentFile=, without the leading "-" */
};

#define UNIT_FILE_INIT                                                                             \
	{                                                                                          \
		.exec_start = STRVEC_INIT, .environment_files = STRVEC_INIT                        \
	}
void unit_file_release(struct unit_file *unit);
DEFINE_AUTO(unit_file, unit_file_release);

/* Adds what a file says to what is known of the unit: first the unit's own file, then its drop-ins
 * in their order. An empty value clears what was set before. */
void unit_file_read(struct span text, struct unit_file *unit);

#endif
