/*
 * Names and TXT values as providers write them. Included by provider.h.
 */
#ifndef DNS_TEXT_H
#define DNS_TEXT_H

#include <stdbool.h>

#include "base/strvec.h"

struct dns_set;
struct dns_zone;

/* Returns the name relative to the zone ("_acme-challenge.www"); for the zone itself `apex` ("@" or
 * ""). Heap. */
char *dns_relative(const char *name, const struct dns_zone *zone, const char *apex);
/* Returns true if a record of the set has that value. */
bool dns_set_has(const struct dns_set *set, const char *value);
/* Sets `ret_values` to the values that a name has (`there`) and those of the set. Returns true if
 * any was missing. */
bool dns_merge(const struct dns_set *set, const struct strvec *there, struct strvec *ret_values);
/* Sets `ret_values` to the values that a name has, without those of the set. Returns true if there
 * were any. */
bool dns_subtract(const struct dns_set *set, const struct strvec *there, struct strvec *ret_values);
/* Adds the values of the set to a list of quoted values, or removes them; leaves other values as
 * they are. Returns true if the list has changed. */
bool dns_change_quoted(const struct dns_set *set, bool is_removal, struct strvec *quoted);
/* Returns true for the credentials "true", "yes" and "1", in upper or lower case; false for NULL. */
bool dns_says_yes(const char *text);
/* Returns TXT content in quotes (heap), with quotes and backslashes escaped as in zone files. */
char *dns_quote(const char *value);
/* Reverses dns_quote() (heap): joins several quoted strings; text without quotes stays. */
char *dns_unquote(const char *text);

#endif
