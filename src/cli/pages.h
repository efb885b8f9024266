/*
 * The generated pages: --help, man page, completion and option tables, from the rows of this build.
 */
#ifndef CLI_PAGES_H
#define CLI_PAGES_H

#include "base/strbuf.h"
#include "config/option.h"

/* Appends the text of `--help TOPIC`, `width` columns wide. */
void pages_help(const struct option_table *table, const char *topic, int width, struct strbuf *out);

/* Appends the man page certbot(1). */
void pages_man(struct strbuf *out);

/* Appends the completion script for bash. */
void pages_bash(struct strbuf *out);

/* Appends the options as Markdown tables. */
void pages_table(struct strbuf *out);
/* Appends every row, including hidden ones, as lines separated by tabs: dest, names, and "hidden"
 * or nothing. */
void pages_rows(struct strbuf *out);

#endif
