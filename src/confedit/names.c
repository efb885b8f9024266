/*
 * Matches host names (see names.h). Forms that only one server has (nginx's ".example.org", regular
 * expressions) are in the code for that server.
 */
#include "confedit/names.h"

#include <string.h>

#include "base/ascii.h"

bool names_is_glob(const char *pattern)
{
	return strpbrk(pattern, "*?") != NULL;
}

bool names_match_glob(const char *pattern, const char *name)
{
	const char *star = NULL, *resume = NULL;

	/* On a mismatch, the last star takes one character more: no recursion, no blow-up. */
	while (*name) {
		if (*pattern == '*') {
			star = pattern++;
			resume = name;
		} else if (*pattern &&
			   (*pattern == '?' || ascii_lower(*pattern) == ascii_lower(*name))) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star + 1;
			name = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

bool names_covered_by(const char *name, const char *certificate_name)
{
	const char *dot = strchr(name, '.');

	if (!str_starts(certificate_name, "*."))
		return str_eq_nocase(name, certificate_name);
	return dot && dot > name && str_eq_nocase(dot, certificate_name + 1);
}
