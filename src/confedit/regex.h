/*
 * Does a regular expression match a host name? The part of PCRE's syntax that server names use:
 * literals, classes, groups (plain, named, non-capturing), alternation, all repetitions, anchors,
 * \b, \d \w \s and \h, (?i). Matching runs all alternatives at once, in time linear in the text,
 * so a pattern cannot make it slow.
 *
 * What needs more (back references, look-around, atomic groups, possessive repetition, properties,
 * conditions) is refused rather than guessed at.
 */
#ifndef CONFEDIT_REGEX_H
#define CONFEDIT_REGEX_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"

enum regex_flags {
	REGEX_CASELESS = 1 << 0,
};

/* Is there a match anywhere in `text`? ERR_PARSE: not a regular expression; ERR_REFUSED: one that
 * needs what this module does not do. */
int regex_search(const char *pattern, const char *text, unsigned flags, bool *ret_matches,
		 struct error *err) WARN_UNUSED;

#endif
