/*
 * Calls of Certbot in a command line of cron or of a systemd unit. The line is not run and not
 * expanded: only literal words are found.
 */
#ifndef CONFEDIT_TIMERS_CERTBOT_CALL_H
#define CONFEDIT_TIMERS_CERTBOT_CALL_H

#include <stdbool.h>

#include "base/macros.h"
#include "base/span.h"
#include "base/strvec.h"

struct certbot_call {
	/* All words that name Certbot, whatever they do there ("test -x /usr/bin/certbot"). */
	struct strvec programs;
	/* One of them is called with `renew`, or with a verb that obtains certificates and an
	 * option that says what to do when they are there (certonly --keep-until-expiring). */
	bool renews;
	char *verb;    /* that verb, or NULL */
	char *program; /* the first word that is; "snap" for a snap's; or NULL */
	/* The line also runs a command that somebody would miss if it went: all but tests, waits,
	 * and what only says or shows something. */
	bool runs_more;
	bool leaves_to_systemd; /* a test in front of it lets it run only where systemd does not */
	struct strvec options;  /* its words, without the verb and what only keeps it quiet */
};

#define CERTBOT_CALL_INIT                                                                          \
	{                                                                                          \
		.programs = STRVEC_INIT, .options = STRVEC_INIT                                    \
	}
void certbot_call_release(struct certbot_call *call);
DEFINE_AUTO(certbot_call, certbot_call_release);

/* Finds the calls in a command line; `call` is CERTBOT_CALL_INIT. Words that a shell is given as
 * its script (sh -c '...') are looked into. */
void certbot_call_find(struct span command, struct certbot_call *call);
/* The same for words that are already split. */
void certbot_call_find_words(const struct strvec *words, struct certbot_call *call);
/* Appends the words of a command line, without their quotes. What separates commands is an item of
 * its own: ";". */
void certbot_call_split(struct span command, struct strvec *ret_words);

#endif
