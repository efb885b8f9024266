/*
 * Turns argv and cli.ini files into settings, by Certbot's grammar.
 */
#ifndef CONFIG_COMMANDLINE_H
#define CONFIG_COMMANDLINE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "config/settings.h"

struct commandline_input {
	int argc;
	char **argv;
	const char *const *verbs; /* NULL-terminated subcommands, aliases included */
	const char *default_verb; /* "run" */
	/* Says which options the words after a subcommand are values of: their dests in order,
	 * separated by blanks. NULL, or a NULL result: no words are expected there. */
	const char *(*operands_of)(const char *verb);
	/* Says whether config_files are read for a subcommand. NULL: always. */
	bool (*reads_files)(const char *verb);
	const char *const *config_files; /* NULL-terminated cli.ini paths; may be missing */
};

struct commandline {
	char *verb; /* as typed (aliases not resolved) */
	bool help;  /* -h/--help: topic is the word after it, or the verb, or NULL */
	char *topic;
	bool version;
	struct settings *settings;
	struct strvec warnings; /* "Use of --x is deprecated." */
};

#define COMMANDLINE_INIT                                                                           \
	{                                                                                          \
		.warnings = STRVEC_INIT                                                            \
	}

void commandline_release(struct commandline *commandline);
DEFINE_AUTO(commandline, commandline_release);

/* Parses the command line and the config files; the caller releases the result. ERR_USAGE for what
 * argparse would refuse (exit status 2), ERR_CONFIG for the checks after it (exit status 1).
 * commandline_check() checks for conflicts that involve no plugin. */
int commandline_parse(const struct commandline_input *input, const struct option_table *table,
		      struct commandline *ret_commandline, struct error *err) WARN_UNUSED;
/* Checks for conflicts between options, and applies what options imply for each other (staging ->
 * server, dry_run -> staging, must_staple -> staple ...). `verb` has its alias resolved. */
int commandline_check(const char *verb, struct settings *settings, struct error *err) WARN_UNUSED;

/* Appends the arguments after the program's name. Values of secret options are ***. */
void commandline_words(int argc, char *const *argv, const struct option_table *table,
		       struct strvec *ret_words);
/* Appends such words as a list ['-d', 'a.test'], for the log. */
void commandline_describe(const struct strvec *words, struct strbuf *out);

/* Appends the default cli.ini paths: /etc/letsencrypt/cli.ini and the user's. */
void commandline_default_files(struct strvec *ret_paths);

#endif
