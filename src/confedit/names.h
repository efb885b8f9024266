/*
 * Host names as server configurations write them.
 */
#ifndef CONFEDIT_NAMES_H
#define CONFEDIT_NAMES_H

#include <stdbool.h>

/* True when the pattern holds '*' or '?'. */
bool names_is_glob(const char *pattern);

/* True when the pattern, in which '*' stands for any run of characters (dots too) and '?' for one,
 * fits the whole name; case does not count. This is how httpd reads ServerAlias. */
bool names_match_glob(const char *pattern, const char *name);

/* True when the name of a certificate, "*.example.org", covers `name`: one label in place of the
 * star. A certificate name without a star covers only itself. */
bool names_covered_by(const char *name, const char *certificate_name);

#endif
