/*
 * What Certbot and this program print: code that compares the two reads both by these functions.
 * Monitoring has parsed these forms for years.
 */
#ifndef FOREIGN_CERTBOT_OUTPUT_H
#define FOREIGN_CERTBOT_OUTPUT_H

#include "base/map.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "base/strvec.h"

/* Appends from a log what was printed on standard output: with --quiet, it appears nowhere else. */
void certbot_output_from_log(struct span log, struct strbuf *out);
/* Adds what `renew` says of each lineage at the end: path -> heap text of the word after it
 * ("skipped", "failure", "success", "parsefail"). The path is that of the lineage's fullchain.pem
 * or, if the lineage is broken, of its renewal conf. */
void certbot_output_plan(struct span text, struct map *ret_words);
/* Returns what `renew` says about a conf that it cannot use, which the caller frees, or NULL. */
char *certbot_output_fault(struct span text, const char *conf_path);
/* Returns why the lineage with that conf is due, from the log of `renew`, which the caller frees;
 * NULL: the log does not say. */
char *certbot_output_reason(struct span log, const char *name, const char *conf_path);
/* Adds the lines that `certificates` prints: "NAME, LABEL" -> heap text, with the status apart
 * from the date and without the number of days left; "PATH" -> "invalid" for confs that cannot
 * be read. */
void certbot_output_certificates(struct span text, struct map *ret_values);
/* Appends the names that `plugins` lists. */
void certbot_output_plugins(struct span text, struct strvec *ret_names);
/* True if the text of `--help all` has the option, such as "--webroot-path". */
bool certbot_output_has_option(struct span help, const char *name);
/* Reads a usage error: appends those of the listed options that it calls unknown, or sets
 * *ret_known to the index of the one whose value it rejects; false: it is about something else. */
bool certbot_output_usage(struct span text, const struct strvec *options,
			  struct strvec *ret_unknown, size_t *ret_known);

#endif
