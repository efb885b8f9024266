/*
 * Names and TXT values as providers write them. Comes with provider.h.
 */
#ifndef DNS_TEXT_H
#define DNS_TEXT_H

#include <stdbool.h>

#include "base/strvec.h"

struct dns_set;
struct dns_zone;

/* The name as seen from the zone: "_acme-challenge.www"; `apex` ("@" or "") for the zone itself. */
char *dns_relative(const char *name, const struct dns_zone *zone, const char *apex);
/* True when a record of the set has that value. */
bool dns_set_has(const struct dns_set *set, const char *value);
/* Adds the values of the set to those that a name has: true when any was missing. */
bool dns_merge(const struct dns_set *set, const struct strvec *there, struct strvec *ret_values);
/* Removes the values of the set from them: true when there were any. */
bool dns_subtract(const struct dns_set *set, const struct strvec *there, struct strvec *ret_values);
/* Adds the values of the set to a list of quoted ones, or removes them; others stay as they are
 * written. True when that changes the list. */
bool dns_change_quoted(const struct dns_set *set, bool is_removal, struct strvec *quoted);
/* True for "true", "yes" and "1", in any case, as credentials say it; not for NULL. */
bool dns_says_yes(const char *text);
/* Returns TXT content in quotes (heap), with quotes and backslashes escaped as in zone files. */
char *dns_quote(const char *value);
/* Reverses dns_quote() (heap): joins several quoted strings; text without quotes stays. */
char *dns_unquote(const char *text);

#endif
