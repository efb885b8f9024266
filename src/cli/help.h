/*
 * Prints --help, the man page, shell completion and the option tables from the rows of options and
 * verbs.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stddef.h>

#include "base/strbuf.h"
#include "config/option.h"

/* A plugin as the help pages see it. */
struct help_plugin {
	const char *name;
	const char *description;
	const struct option *options;
	size_t option_count;
};

struct help_source {
	const struct option_table *table;
	const struct help_plugin *plugins;
	size_t plugin_count;
	const char *version; /* of the program */
	int width;           /* columns */
};

/* Appends the text of `certbot --help [TOPIC]`; an unknown or NULL topic gives the overview. */
void help_print(const struct help_source *source, const char *topic, struct strbuf *out);
/* Appends the usage lines that are printed above a usage error. */
void help_print_usage(struct strbuf *out);
/* Appends certbot(1) in man(7) macros. */
void help_print_man(const struct help_source *source, struct strbuf *out);
/* Appends the options as Markdown tables. */
void help_print_table(const struct help_source *source, struct strbuf *out);
/* Appends the completion script for bash. */
void help_print_bash(const struct help_source *source, struct strbuf *out);

#endif
