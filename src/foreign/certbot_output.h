/*
 * What Certbot prints, and this program as well: whoever compares the two reads both by these
 * functions. The forms are those that monitoring has parsed for years.
 */
#ifndef FOREIGN_CERTBOT_OUTPUT_H
#define FOREIGN_CERTBOT_OUTPUT_H

#include "base/map.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "base/strvec.h"

/* Appends what was said on standard output, from a log: with --quiet, it is only there. */
void certbot_output_from_log(struct span log, struct strbuf *out);
/* Adds what `renew` says of each lineage at its end: path -> heap text of the word after it
 * ("skipped", "failure", "success", "parsefail"). The path is that of the lineage's fullchain.pem
 * or, of a broken one, its renewal conf. */
void certbot_output_plan(struct span text, struct map *ret_words);
/* Returns what `renew` says of a conf that it cannot use, which the caller frees, or NULL. */
char *certbot_output_fault(struct span text, const char *conf_path);
/* Returns why the lineage with that conf is due, from the log of `renew`, which the caller frees;
 * NULL: it does not say. */
char *certbot_output_reason(struct span log, const char *name, const char *conf_path);
/* Adds the lines that `certificates` prints: "NAME, LABEL" -> heap text, with the status apart from
 * the date and without the days that are left; "PATH" -> "invalid" for confs that it cannot read. */
void certbot_output_certificates(struct span text, struct map *ret_values);
/* Appends the names that `plugins` lists. */
void certbot_output_plugins(struct span text, struct strvec *ret_names);
/* True when the text of `--help all` has the option, a name such as "--webroot-path". */
bool certbot_output_has_option(struct span help, const char *name);
/* Appends the options of this list that a usage error calls unknown, or sets *ret_known to the
 * index of one that it objects to for its value; false: it is about something else. */
bool certbot_output_usage(struct span text, const struct strvec *options,
			  struct strvec *ret_unknown, size_t *ret_known);

#endif
