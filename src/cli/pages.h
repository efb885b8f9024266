/*
 * The generated pages: --help, man pages, completion and option tables, from the rows of this
 * build.
 */
#ifndef CLI_PAGES_H
#define CLI_PAGES_H

#include <stdbool.h>

#include "base/macros.h"
#include "base/strbuf.h"
#include "codec/json.h"
#include "config/option.h"

struct programs;

/* Appends the text of `--help TOPIC`, `width` columns wide. A topic that is a plugin program, or
 * `all`, asks programs for their options. */
void pages_help(struct programs *programs, const char *topic, int width, struct strbuf *out);

/* Makes the members of the document of `--help TOPIC --json`; the caller frees the object. */
struct json *pages_tell(struct programs *programs, const char *topic) WARN_UNUSED;

/* Appends the man page certbot(1). */
void pages_man(struct strbuf *out);

/* Appends the man page certbot-NAME(7) of a plugin. Returns false when there is none. */
bool pages_man_plugin(const char *name, struct strbuf *out);

/* Appends the names of the plugins that have a man page, one a line. */
void pages_plugins(struct strbuf *out);

/* Appends a line for each plugin with credentials: its name, the keys of the file, separated by
 * blanks, and where to get them, separated by tabs. */
void pages_credentials(struct strbuf *out);

/* Appends the completion script for fish. */
void pages_fish(struct strbuf *out);
/* Appends the completion script for zsh. */
void pages_zsh(struct strbuf *out);
/* Appends the completion script for bash. */
void pages_bash(struct strbuf *out);

/* Appends the options as Markdown tables. */
void pages_table(struct strbuf *out);

/* Appends every row, including hidden ones, as lines separated by tabs: dest, names, and "hidden"
 * or nothing. */
void pages_rows(struct strbuf *out);

#endif
