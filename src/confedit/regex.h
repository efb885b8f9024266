/*
 * Does a regular expression match a host name? By PCRE2, as nginx and httpd have it; the library is
 * loaded by the first expression, for few configurations have any.
 */
#ifndef CONFEDIT_REGEX_H
#define CONFEDIT_REGEX_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"

enum regex_flags {
	REGEX_CASELESS = 1 << 0,
};

/* Is there a match anywhere in `text`? ERR_PARSE: not a regular expression, with PCRE2's words;
 * ERR_REFUSED: matching it would take too long; ERR_IO: the library is not installed. */
int regex_search(const char *pattern, const char *text, unsigned flags, bool *ret_matches,
		 struct error *err) WARN_UNUSED;

#endif
