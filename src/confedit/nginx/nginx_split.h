/*
 * Splits a server block that speaks both HTTP and TLS: the block keeps TLS and its place, and a new
 * block below it gets the plain sockets.
 */
#ifndef CONFEDIT_NGINX_NGINX_SPLIT_H
#define CONFEDIT_NGINX_NGINX_SPLIT_H

#include "confedit/nginx/nginx_changes.h"

enum nginx_split_kind {
	NGINX_SPLIT_COPY,  /* everything but TLS */
	NGINX_SPLIT_NAMES, /* only sockets and names, and 404 for the rest */
};

/* True when the server has TLS and plain sockets (of the network, not of the file system). */
bool nginx_split_is_needed(const struct nginx_server *server);

/* True when every plain "listen" is in the block itself, or in a file that has only plain ones:
 * then the include of that file moves. */
bool nginx_split_is_possible(const struct nginx_server *server);

/* Adds the edits of a split. `first_lines` (may be empty) go to the top of the new block. The
 * caller may edit other parts of the server in the same changes. ERR_REFUSED when a split is not
 * possible. */
int nginx_split(struct nginx_changes *changes, const struct nginx_server *server,
		enum nginx_split_kind kind, const char *first_lines, struct error *err) WARN_UNUSED;

/* ERR_REFUSED when the text of a copy has a NUL byte (in a comment or in Lua), because edits are C
 * strings. */
int nginx_refuse_nul(const struct nginx_server *server, const struct strbuf *text,
		     struct error *err) WARN_UNUSED;

/* Appends the directive's arguments as written, except those for which `is_dropped` (may be NULL)
 * is true. */
void nginx_raw_arguments(const struct nginx_file *file, const struct nginx_directive *directive,
			 bool (*is_dropped)(const char *argument), struct strbuf *out);

#endif
