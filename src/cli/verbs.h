/*
 * The subcommands: one row each in verbs.c. A row runs a use case of app/verbs/.
 */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "config/settings.h"

struct app;
struct plugins;

enum verb_flags {
	VERB_UNPRIVILEGED = 1 << 0, /* goes on without its directories and locks */
	VERB_HIDDEN = 1 << 1,       /* not listed by --help */
	VERB_NO_STATE = 1 << 2,     /* needs no directories, locks or log */
	/* Changes something, be it certificates, servers, accounts or timers, so it first repairs
	 * what a killed run left behind. Commands that only show something must not do that. */
	VERB_RECOVERS = 1 << 3,
	VERB_READS = 1 << 4, /* works on a read-only file system, without locks and log */
	/* Takes no options from the default cli.ini files: they are what it looks at. */
	VERB_WITHOUT_FILES = 1 << 5,
	VERB_EXPLAINS = 1 << 6, /* its failures are explained (app/why/why.h) */
	/* It pays what is owed, so a server that it cannot reload is a failure. */
	VERB_PAYS = 1 << 7,
};

struct verb {
	const char *name;
	const char *aliases; /* blank-separated, or NULL */
	const char *summary; /* one line for the list of commands */
	const char *usage;   /* "certbot certonly [options] [-d DOMAIN] ..." */
	const char *help;    /* paragraph above the options of `--help VERB` */
	/* Dests of the options that further words are values of, or NULL; "dest..." takes all. */
	const char *operands;
	unsigned flags;
	/* Tells, for a verb that runs often, whether it has nothing to do, in a time that does not
	 * grow with the number of lineages. It changes nothing. The verb then ends without
	 * recovery, which comes before anything that is changed. NULL: it always has. */
	bool (*is_idle)(struct plugins *plugins);
	/* Returns 0 or the code of the error; the caller turns that into message and exit
	 * status. */
	int (*run)(struct app *app, struct error *err);
};

extern const struct verb verbs[];
extern const size_t verb_count;

/* Finds a subcommand by name or alias; NULL when there is none. */
const struct verb *verb_find(const char *name);
/* True when the default cli.ini files give options to the subcommand of that name. */
bool verb_reads_files(const char *name);
/* Returns the operands of the subcommand of that name; NULL when there are none. */
const char *verb_operands(const char *name);

#endif
