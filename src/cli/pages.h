/*
 * The generated pages: --help, man page, completion and option tables, from the rows of this build.
 */
#ifndef CLI_PAGES_H
#define CLI_PAGES_H

#include "base/strbuf.h"
#include "config/option.h"

void pages_help(const struct option_table *table, const char *topic, int width, struct strbuf *out);
void pages_man(struct strbuf *out);
void pages_bash(struct strbuf *out);
void pages_table(struct strbuf *out);
/* Every row, hidden ones too: its dest, its names, and "hidden" or nothing, with tabs between. */
void pages_rows(struct strbuf *out);

#endif
