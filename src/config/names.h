/*
 * Which names a certificate may be asked for. One clear message each.
 */
#ifndef CONFIG_NAMES_H
#define CONFIG_NAMES_H

#include <stdbool.h>

#include "base/error.h"
#include "base/strvec.h"

/* Lower-case A-label form without final dot, heap; ERR_CONFIG says what is wrong and what to do.
 * IDN goes through codec/idna. "*." is kept. */
int names_check_domain(const char *text, char **ret_domain, struct error *err) WARN_UNUSED;
/* Canonical literal (RFC 5952), heap; ERR_CONFIG. */
int names_check_ip(const char *text, char **ret_ip, struct error *err) WARN_UNUSED;
/* Splits at commas, checks each, appends those not yet there. */
int names_add_domains(struct strvec *domains, const char *text, struct error *err) WARN_UNUSED;
/* Name under which a lineage may be stored: UTF-8, no separator, not "." or "..", not empty. */
int names_check_lineage(const char *name, struct error *err) WARN_UNUSED;
/* The same for a lineage that is to be made: also one that every later run will list, read back
 * from its conf, and find room for in a file name. */
int names_check_new_lineage(const char *name, struct error *err) WARN_UNUSED;
/* Lineage name a list of names gives: the first without "*.". Heap. */
char *names_default_lineage(const char *first_name);
/* The stricter test for names found in server configs: offered in menus or not. */
bool names_is_plausible_host(const char *name);
/* E-mail typed by a person. */
bool names_is_email(const char *text);

#endif
