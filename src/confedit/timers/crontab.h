/*
 * Crontabs (crontab(5)): finds the jobs, and disables single lines. Everything else stays byte for
 * byte.
 */
#ifndef CONFEDIT_TIMERS_CRONTAB_H
#define CONFEDIT_TIMERS_CRONTAB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "base/strbuf.h"

enum crontab_form {
	CRONTAB_OF_SYSTEM, /* /etc/crontab, /etc/cron.d: a user comes before the command */
	CRONTAB_OF_USER,
	CRONTAB_OF_ANACRON, /* a period, a delay and a name stand before the command */
};

struct crontab_job {
	size_t line; /* from 1 */
	struct span command;
	struct span search_path; /* value of the last PATH= above it; empty: none */
};

struct crontab_reader {
	struct span rest;
	enum crontab_form form;
	size_t line;
	struct span search_path;
};

/* Starts reading; the text is borrowed. */
struct crontab_reader crontab_begin(struct span text, enum crontab_form form);
/* Finds the next job; false at the end. Lines that cron would not understand are skipped. */
bool crontab_next(struct crontab_reader *reader, struct crontab_job *ret_job);

/* Appends the text with that line (from 1) made a comment that says who did it. */
void crontab_comment_out(struct span text, size_t line, struct strbuf *out);

#endif
