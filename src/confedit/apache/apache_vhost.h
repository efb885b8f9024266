/*
 * The parts of a model of httpd (apache_model.h): files, virtual hosts, and the directives of hosts
 * across files.
 */
#ifndef CONFEDIT_APACHE_APACHE_VHOST_H
#define CONFEDIT_APACHE_APACHE_VHOST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "confedit/apache/apache_address.h"
#include "confedit/apache/apache_conf.h"

struct apache_file {
	const char *path;      /* by which httpd first read it */
	const char *real_path; /* without links */
	const struct apache_conf *conf;
	size_t index;
	bool enabled; /* httpd reads it */
	bool changed; /* by edits */
	bool created; /* by edits: it may not exist yet */
};

enum apache_item_flags {
	APACHE_ITEM_NESTED = 1 << 0, /* in <Directory>, <Location>, <If> or another such section */
	APACHE_ITEM_MORE = 1 << 1,   /* in a file that httpd does not read */
};

/* A directive that httpd uses, whichever file it is in. */
struct apache_item {
	const struct apache_file *file;
	const struct apache_directive *directive;
	char **arguments; /* variables replaced; NULL: the same as the directive's words */
	unsigned flags;   /* enum apache_item_flags */
};

struct apache_items {
	struct apache_item *items;
	size_t count, capacity;
};

struct apache_vhost {
	size_t id;
	const struct apache_file *file;
	const char *seen_path; /* by which httpd read the file this time */
	const struct apache_directive *directive;
	struct apache_items items; /* everything in it, included files too */
	struct apache_address *addresses;
	size_t address_count, address_capacity;
	char *name;            /* ServerName without scheme and port, lower case; NULL: none */
	struct strvec aliases; /* lower case, may have wildcards */
	bool tls;              /* SSLEngine on, or port 443 */
	bool enabled;          /* httpd reads it */
	bool is_macro;         /* written in a <Macro>: names are not known */
	bool is_repeated;      /* httpd reads the same lines a second time */
};

/* Why a file is not part of the model. */
struct apache_problem {
	char *path; /* the file that cannot be used */
	char *text; /* "/etc/apache2/apache2.conf:12: cannot read '…': …" */
};

/* Frees the arguments of the items and empties the list. */
void apache_items_clear(struct apache_items *items);
void apache_vhost_release(struct apache_vhost *vhost);

/* The first item of that name (ignoring case) after `after`, or from the start if that is NULL.
 * Borrowed; NULL when there is none. */
const struct apache_item *apache_items_find(const struct apache_items *items, const char *name,
					    const struct apache_item *after);
/* The last one, which is the one that counts for most directives. */
const struct apache_item *apache_items_find_last(const struct apache_items *items,
						 const char *name);
/* An argument (0: the first) as httpd sees it, borrowed, or NULL when there are fewer. */
const char *apache_item_argument(const struct apache_item *item, size_t index);

/* Appends "file:line" of the directive. */
void apache_place(const struct apache_file *file, const struct apache_directive *directive,
		  struct strbuf *out);
/* How to name the host to a person: its name, or "without a name", and its place. The caller frees
 * it. */
char *apache_vhost_title(const struct apache_vhost *vhost) WARN_UNUSED;
/* True when `name` is the host's ServerName or matches one of its aliases, including wildcards. */
bool apache_vhost_has_name(const struct apache_vhost *vhost, const char *name);

#endif
