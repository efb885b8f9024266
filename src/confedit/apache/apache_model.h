/*
 * What httpd serves, gathered from its main file and everything that one includes: virtual hosts
 * with their names and addresses, Listen, modules and defines, conditions decided as httpd decides
 * them while it reads.
 *
 * The model also takes edits (apache_deploy.h, apache_enhance.h, apache_challenge.h). Each is all
 * or nothing; afterwards the changed files are parsed again and the virtual hosts rebuilt. Pointers
 * to hosts, files and directives are borrowed until the next edit; a host's id stays.
 *
 * Nothing here touches a file: what is to be read comes through a struct apache_source, and the
 * caller writes what apache_model_changed() lists.
 */
#ifndef CONFEDIT_APACHE_APACHE_MODEL_H
#define CONFEDIT_APACHE_APACHE_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/map.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "confedit/apache/apache_address.h"
#include "confedit/apache/apache_conf.h"
#include "confedit/apache/apache_include.h"

struct apache_model;

/* What is known of the program beside its files. Borrowed for the life of the model. */
struct apache_program {
	const char *server_root; /* its -d; absolute */
	const char *version;     /* "2.4.57", or NULL for a current one */
	const struct strvec
		*modules; /* identifiers of those compiled in; NULL: httpd's usual ones */
	const struct strvec *defines;  /* its -D, "NAME" or "NAME=VALUE"; may be NULL */
	const struct map *environment; /* NAME → value, for ${NAME}; may be NULL */
	const struct strvec
		*more_paths; /* patterns of files to know though httpd does not read them */
};

struct apache_file {
	const char *path;      /* as httpd first came to it */
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

/* A directive that httpd takes into account, whichever file it is written in. */
struct apache_item {
	const struct apache_file *file;
	const struct apache_directive *directive;
	char **arguments; /* variables replaced; NULL: as the directive's words have them */
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

/* Reads the configuration from its main file on (an absolute path). An unusable main file is an
 * error; an unusable included file is a problem of the model, and is left out. */
int apache_model_load(const struct apache_source *source, const struct apache_program *program,
		      const char *path, struct apache_model **ret_model,
		      struct error *err) WARN_UNUSED;
void apache_model_free(struct apache_model *model);
DEFINE_AUTO_PTR(apache_model, apache_model_free);

/* Virtual hosts in the order in which httpd reads them. */
size_t apache_model_vhost_count(const struct apache_model *model);
const struct apache_vhost *apache_model_vhost(const struct apache_model *model, size_t index);
/* The host with that id, or NULL. */
const struct apache_vhost *apache_model_find(const struct apache_model *model, size_t id);

size_t apache_model_problem_count(const struct apache_model *model);
const struct apache_problem *apache_model_problem(const struct apache_model *model, size_t index);

/* Directives outside of all virtual hosts. */
const struct apache_items *apache_model_items(const struct apache_model *model);
/* By identifier ("ssl_module"). */
bool apache_model_has_module(const struct apache_model *model, const char *identifier);
/* NAME → value ("" for one without). */
const struct map *apache_model_defines(const struct apache_model *model);
/* The argument of LoadModule for it, absolute, heap; NULL when it is not loaded from a file. */
char *apache_model_module_path(const struct apache_model *model, const char *identifier);

/* Appends every name that can be looked up, wildcards not. */
void apache_model_names(const struct apache_model *model, struct strvec *ret_names);

/* Files read so far, the main file first. */
size_t apache_model_file_count(const struct apache_model *model);
const struct apache_file *apache_model_file(const struct apache_model *model, size_t index);
/* By either path; NULL when the file is not part of the model. */
const struct apache_file *apache_model_find_file(const struct apache_model *model,
						 const char *path);
/* Appends the real paths of files that edits changed or created. */
void apache_model_changed(const struct apache_model *model, struct strvec *ret_paths);

/* Appends the real paths of files that edits put hosts into and that httpd does not read yet. */
void apache_model_added(const struct apache_model *model, struct strvec *ret_paths);

/* First item of that name (case does not count), or NULL; `after` continues behind a hit. */
const struct apache_item *apache_items_find(const struct apache_items *items, const char *name,
					    const struct apache_item *after);
/* The last one; the one that counts for most directives. */
const struct apache_item *apache_items_find_last(const struct apache_items *items,
						 const char *name);
/* Argument (0: the first) as httpd sees it, or NULL when there are fewer. */
const char *apache_item_argument(const struct apache_item *item, size_t index);

/* "file:line" of the directive, appended. */
void apache_place(const struct apache_file *file, const struct apache_directive *directive,
		  struct strbuf *out);
/* The host as a person would name it: its name, or "without a name", and its place; heap. */
char *apache_vhost_title(const struct apache_vhost *vhost) WARN_UNUSED;
/* True when it is the host's ServerName or one of its aliases; wildcards in aliases count. */
bool apache_vhost_has_name(const struct apache_vhost *vhost, const char *name);

#endif
