/*
 * What nginx serves, gathered from its main file and everything that one includes: servers with
 * their names, sockets and certificates, across files, as nginx puts them together.
 *
 * The model also takes edits (nginx_deploy.h, nginx_enhance.h, nginx_challenge.h). Each is all or
 * nothing; afterwards the changed files are parsed again and the servers rebuilt. Pointers to
 * servers, files and directives are borrowed until the next edit; a server's id stays.
 *
 * Nothing here touches a file: what is to be read comes through a struct nginx_source, and the
 * caller writes what nginx_model_changed() lists.
 */
#ifndef CONFEDIT_NGINX_NGINX_MODEL_H
#define CONFEDIT_NGINX_NGINX_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "confedit/nginx/nginx_conf.h"
#include "confedit/nginx/nginx_listen.h"

struct nginx_model;

/* Where files come from. Borrowed by the model for its life. */
struct nginx_source {
	void *context;
	/* Appends the file's bytes. */
	int (*read)(void *context, const char *path, struct strbuf *ret_bytes, struct error *err);
	/* Appends the paths that the absolute pattern matches, in the order of glob(3); none is no
	 * error. Only called for patterns with '*', '?' or '['. */
	int (*glob)(void *context, const char *pattern, struct strvec *ret_paths,
		    struct error *err);
	/* What "$hostname" stands for, or NULL. */
	const char *hostname;
};

struct nginx_file {
	const char *path;
	const struct nginx_conf *conf;
	size_t index;
	bool changed; /* by edits */
	bool created; /* by edits: it may not exist yet */
};

/* A directive of a block, whichever file it is written in. */
struct nginx_item {
	const struct nginx_file *file;
	const struct nginx_directive *directive;
	/* The "include" in the block itself through which it came, or NULL. */
	const struct nginx_directive *via;
};

struct nginx_items {
	struct nginx_item *items;
	size_t count, capacity;
};

enum nginx_server_kind {
	NGINX_SERVER_HTTP,
	NGINX_SERVER_OTHER, /* of stream or mail: holds sockets, is never edited */
};

struct nginx_server {
	size_t id;
	enum nginx_server_kind kind;
	const struct nginx_file *file;
	const struct nginx_directive *directive;
	struct nginx_items items; /* its directives, those of included files too */
	struct strvec names;      /* lower case; "~regex" as written */
	struct nginx_listen *listens;
	size_t listen_count, listen_capacity;
	bool ssl_on;                      /* "ssl on" here or in http */
	bool tls;                         /* ssl_on, or any of its sockets speaks TLS */
	struct strvec certificates, keys; /* in effect: its own, else those of http */
};

/* Why a file is not part of the model. */
struct nginx_problem {
	char *path; /* the file that cannot be used */
	char *text; /* "/etc/nginx/nginx.conf:12: cannot read '…': …" */
};

/* Reads the configuration from its main file on (an absolute path). An unusable main file is an
 * error; an unusable included file is a problem of the model, and is left out. */
int nginx_model_load(const struct nginx_source *source, const char *path,
		     struct nginx_model **ret_model, struct error *err) WARN_UNUSED;
void nginx_model_free(struct nginx_model *model);
DEFINE_AUTO_PTR(nginx_model, nginx_model_free);

/* Servers in the order in which nginx reads them. */
size_t nginx_model_server_count(const struct nginx_model *model);
const struct nginx_server *nginx_model_server(const struct nginx_model *model, size_t index);
/* The server with that id, or NULL. */
const struct nginx_server *nginx_model_find(const struct nginx_model *model, size_t id);

size_t nginx_model_problem_count(const struct nginx_model *model);
const struct nginx_problem *nginx_model_problem(const struct nginx_model *model, size_t index);

/* Appends every name that can be looked up: no regular expressions, no empty or "_" names. */
void nginx_model_names(const struct nginx_model *model, struct strvec *ret_names);
/* True when any server listens on IPv6. */
bool nginx_model_uses_ipv6(const struct nginx_model *model);

/* Files read so far, the main file first. */
const struct nginx_file *nginx_model_file(const struct nginx_model *model, size_t index);
/* Appends the paths of files that edits changed or created. */
void nginx_model_changed(const struct nginx_model *model, struct strvec *ret_paths);
/* The file's present bytes, borrowed; an empty span for a path that is not part of the model. */
struct span nginx_model_bytes(const struct nginx_model *model, const char *path);

/* First directive of that name among the items, or NULL; `after` continues behind a hit. */
const struct nginx_item *nginx_items_find(const struct nginx_items *items, const char *name,
					  const struct nginx_item *after);

/* Appends "file:line" of the directive. */
void nginx_place(const struct nginx_file *file, const struct nginx_directive *directive,
		 struct strbuf *out);
/* The server as a person would name it: its first name, or "without a name", and its place. */
char *nginx_server_title(const struct nginx_server *server) WARN_UNUSED;

#endif
