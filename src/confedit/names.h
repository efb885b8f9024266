/*
 * Host names as server configurations write them.
 */
#ifndef CONFEDIT_NAMES_H
#define CONFEDIT_NAMES_H

#include <stdbool.h>

/* True when the pattern holds '*' or '?'. */
bool names_is_glob(const char *pattern);

/* True when the pattern matches the whole name, ignoring case. '*' matches any run of characters,
 * including dots, and '?' matches one. This is how httpd reads ServerAlias. */
bool names_match_glob(const char *pattern, const char *name);

/* True when the name in a certificate covers `name`: the star of "*.example.org" stands for exactly
 * one label. A certificate name without a star covers only itself. */
bool names_covered_by(const char *name, const char *certificate_name);

#endif
