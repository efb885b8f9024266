/*
 * The parts of a model of nginx (nginx_model.h): files, servers, and the directives of blocks
 * across files.
 */
#ifndef CONFEDIT_NGINX_NGINX_SERVER_H
#define CONFEDIT_NGINX_NGINX_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "confedit/nginx/nginx_conf.h"
#include "confedit/nginx/nginx_listen.h"

/* Where files come from. Borrowed by the model for its life. */
struct nginx_source {
	void *context;
	/* Appends the file's bytes. */
	int (*read)(void *context, const char *path, struct strbuf *ret_bytes, struct error *err);
	/* Appends the paths that the absolute pattern matches, in the order of glob(3); that
	 * there is none is not an error. Only called for patterns with '*', '?' or '['. */
	int (*glob)(void *context, const char *pattern, struct strvec *ret_paths,
		    struct error *err);
	/* The value of "$hostname", or NULL. */
	const char *hostname;
};

struct nginx_file {
	const char *path;
	const struct nginx_conf *conf;
	size_t index;
	bool changed; /* by edits */
	bool created; /* by edits: it may not exist yet */
};

/* A directive of a block, whichever file it is in. */
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

void nginx_server_release(struct nginx_server *server);

/* The first directive of that name after `after`, or from the start if that is NULL. Borrowed; NULL
 * when there is none. */
const struct nginx_item *nginx_items_find(const struct nginx_items *items, const char *name,
					  const struct nginx_item *after);

/* Appends "file:line" of the directive. */
void nginx_place(const struct nginx_file *file, const struct nginx_directive *directive,
		 struct strbuf *out);
/* How to name the server to a person: its first name, or "without a name", and its place. The
 * caller frees it. */
char *nginx_server_title(const struct nginx_server *server) WARN_UNUSED;

#endif
