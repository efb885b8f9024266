/*
 * Rules for the names that a certificate may be requested for. Each rule has its own clear message.
 */
#ifndef CONFIG_NAMES_H
#define CONFIG_NAMES_H

#include <stdbool.h>

#include "base/error.h"
#include "base/strvec.h"

/* Sets the lower-case A-label form without final dot, which the caller frees; "*." is kept.
 * ERR_CONFIG says what is wrong and what to do. Internationalised names go through codec/idna. */
int names_check_domain(const char *text, char **ret_domain, struct error *err) WARN_UNUSED;
/* Sets the canonical literal (RFC 5952), which the caller frees. ERR_CONFIG. */
int names_check_ip(const char *text, char **ret_ip, struct error *err) WARN_UNUSED;
/* Splits the text at commas, checks each name and appends those that `domains` lacks.
 * ERR_CONFIG. */
int names_add_domains(struct strvec *domains, const char *text, struct error *err) WARN_UNUSED;
/* Checks a lineage name: UTF-8, not empty, no separator, not "." or "..". ERR_CONFIG. */
int names_check_lineage(const char *name, struct error *err) WARN_UNUSED;
/* The same for a new lineage, which must also not begin with a dot (later runs would not list it),
 * be called README, contain "%(" or be too long for a file name. ERR_CONFIG. */
int names_check_new_lineage(const char *name, struct error *err) WARN_UNUSED;
/* Returns the default lineage name, which the caller frees: the first name without "*.". */
char *names_default_lineage(const char *first_name);
/* A stricter test for names found in server configurations: true when they may be offered in
 * menus. */
bool names_is_plausible_host(const char *name);
/* True when the text is a plausible e-mail address. */
bool names_is_email(const char *text);

#endif
