/*
 * Servers of our own, in a file that the http block includes for as long as a validation takes.
 */
#ifndef CONFEDIT_NGINX_NGINX_OWN_H
#define CONFEDIT_NGINX_NGINX_OWN_H

#include "confedit/nginx/nginx_choose.h"
#include "confedit/nginx/nginx_changes.h"

/* The sockets that such servers are for. */
struct nginx_own_sockets {
	unsigned port;
	bool tls;
};

/* True when a server has such a socket. */
bool nginx_own_has_socket(const struct nginx_model *model, const struct nginx_own_sockets *sockets);
/* Appends a line "\tlisten ...;\n" for each such socket on which none of the candidates listens. */
void nginx_own_listens(const struct nginx_model *model, const struct nginx_own_sockets *sockets,
		       const struct nginx_candidates *candidates, struct strbuf *lines);
/* Appends such lines for sockets that are not there yet. `text`: of the servers before it, because
 * options of a socket are allowed once. */
void nginx_own_new_listens(const struct nginx_model *model, const struct nginx_own_sockets *sockets,
			   const struct strbuf *text, struct strbuf *lines);
/* Adds the include of a file that nginx_model_create() has made, and room for long names in nginx's
 * hash. The servers come last: the first server on a socket gets the requests that match no
 * name. */
int nginx_own_include(struct nginx_changes *changes, const char *path,
		      struct error *err) WARN_UNUSED;

#define NGINX_OWN_HEADER "# Managed by Certbot; here for as long as a validation takes.\n"

#endif
