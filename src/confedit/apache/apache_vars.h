/*
 * ${NAME} in arguments.
 */
#ifndef CONFEDIT_APACHE_APACHE_VARS_H
#define CONFEDIT_APACHE_APACHE_VARS_H

#include <stdbool.h>

#include "base/map.h"
#include "base/strbuf.h"

/* Appends the text with each ${NAME} replaced by its value from Define, else from the environment
 * (may be NULL). Unknown variables stay as they are. */
void apache_vars_expand(const char *text, const struct map *defines, const struct map *environment,
			struct strbuf *out);
/* True when the text may name a variable. */
bool apache_vars_in(const char *text);

#endif
