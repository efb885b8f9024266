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
/* Puts the values that a name has with those of the set: true when that adds any. */
bool dns_merge(const struct dns_set *set, const struct strvec *there, struct strvec *ret_values);
/* Those without the values of the set: true when that takes any away. */
bool dns_subtract(const struct dns_set *set, const struct strvec *there, struct strvec *ret_values);
/* Puts the values of the set into a list of quoted ones, or takes them out; others stay as they are
 * written. True when that changes the list. */
bool dns_change_quoted(const struct dns_set *set, bool is_removal, struct strvec *quoted);
/* Returns TXT content in quotes (heap), with quotes and backslashes escaped as in zone files. */
char *dns_quote(const char *value);
/* Reverses dns_quote() (heap): joins several quoted strings; text without quotes stays. */
char *dns_unquote(const char *text);

#endif
