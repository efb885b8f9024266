/*
 * Dovecot's configuration: lines "name = value", blocks "type [name] {" up to "}", "!include PATH"
 * and "!include_try PATH". A backslash at the end continues a line; a comment begins with "#" at
 * the start of a line or after a blank. A value "<PATH" means the contents of that file.
 *
 * A text is read into a list of statements in the order of the text, with their places, so that an
 * edit touches nothing else. Lines of other kinds, which later versions have, are left out.
 */
#ifndef CONFEDIT_DOVECOT_DOVECOT_CONF_H
#define CONFEDIT_DOVECOT_DOVECOT_CONF_H

#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "base/strvec.h"

enum dovecot_kind {
	DOVECOT_SETTING,
	DOVECOT_BLOCK,
	DOVECOT_INCLUDE,
	DOVECOT_INCLUDE_TRY,
};

#define DOVECOT_TOP SIZE_MAX

struct dovecot_statement {
	enum dovecot_kind kind;
	size_t parent; /* index of the block around it, or DOVECOT_TOP */
	size_t line;   /* from 1 */
	char *name;    /* of a setting, or the type of a block ("local_name") */
	/* Of a setting, without quotes; the name of a block ("" when it has none); or a path. */
	char *value;
	size_t value_start, value_end; /* where that is in the text, quotes included */
	size_t body_end;               /* of a block: where the line with its "}" begins */
};

struct dovecot_conf {
	struct dovecot_statement *items;
	size_t count, capacity;
};

#define DOVECOT_CONF_INIT                                                                          \
	{                                                                                          \
		.items = NULL                                                                      \
	}
void dovecot_conf_release(struct dovecot_conf *conf);
DEFINE_AUTO(dovecot_conf, dovecot_conf_release);

/* Reads a text into `ret`, which is DOVECOT_CONF_INIT and which the caller releases. ERR_CONFIG
 * names a line with a brace without its counterpart, or without the "=" that is on the next one. */
int dovecot_conf_parse(struct span text, struct dovecot_conf *ret, struct error *err) WARN_UNUSED;

/* True when a path can be written as a value in the syntax of any version. */
bool dovecot_conf_can_hold(const char *path);

/* Appends the names of a block "local_name": it may list several. */
void dovecot_conf_names(const struct dovecot_statement *block, struct strvec *ret_names);

/* The edits below replace the text, and make `conf` obsolete. */

/* Gives a setting or block another value. Names are quoted if there are several. */
void dovecot_conf_set(struct strbuf *text, const struct dovecot_statement *statement,
		      const char *value);
/* Adds a setting at the end of a block. */
void dovecot_conf_add(struct strbuf *text, const struct dovecot_statement *block, const char *name,
		      const char *value);
/* Adds lines at the end of the text. */
void dovecot_conf_append(struct strbuf *text, const char *lines);

#endif
