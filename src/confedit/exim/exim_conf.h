/*
 * Exim's configuration: macros "NAME = value" or "NAME == value" and, up to the first "begin", the
 * options of the main section, "name = value". A backslash at the end continues a line; comments
 * are whole lines, and may come between continued ones. Edits keep every other byte.
 */
#ifndef CONFEDIT_EXIM_EXIM_CONF_H
#define CONFEDIT_EXIM_EXIM_CONF_H

#include <stdbool.h>

#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "base/strvec.h"

/* The last value that a macro or an option of the main section is given, on one line; the caller
 * frees it. NULL when it is given none. Conditions are not evaluated, nor macros expanded. */
char *exim_conf_get(struct span text, const char *name) WARN_UNUSED;
/* Replaces that value; false when it is given none. */
bool exim_conf_set(struct strbuf *text, const char *name, const char *value);
/* Adds a macro before everything else except comments. */
void exim_conf_add_macro(struct strbuf *text, const char *name, const char *value);
/* Adds an option at the end of the main section. */
void exim_conf_add_option(struct strbuf *text, const char *name, const char *value);

/* True when a path can be written in an option that Exim expands. */
bool exim_conf_can_hold(const char *path);
/* Appends the items of a list, which a colon separates unless it begins with "<" and another
 * character; a doubled separator means the character itself. */
void exim_conf_split(const char *list, struct strvec *ret_items);

#endif
