/*
 * Matches host names against regular expressions with PCRE2, which nginx and httpd use too. The
 * library is loaded for the first expression, because few configurations have any.
 */
#ifndef CONFEDIT_REGEX_H
#define CONFEDIT_REGEX_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"

enum regex_flags {
	REGEX_CASELESS = 1 << 0,
};

/* Searches for a match anywhere in `text`. ERR_PARSE when the pattern is not a valid regular
 * expression (the text quotes PCRE2); ERR_REFUSED when matching would take too long; ERR_IO when
 * the library is not installed. */
int regex_search(const char *pattern, const char *text, unsigned flags, bool *ret_matches,
		 struct error *err) WARN_UNUSED;

#endif
