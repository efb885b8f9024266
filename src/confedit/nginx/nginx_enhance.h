/*
 * What may be switched on for a server besides its certificate. As in nginx_deploy.h, each function
 * is one edit of the model, whole or not at all; done again it changes nothing.
 */
#ifndef CONFEDIT_NGINX_NGINX_ENHANCE_H
#define CONFEDIT_NGINX_NGINX_ENHANCE_H

#include "confedit/nginx/nginx_model.h"

/* Sends plain requests for the names (which may be wildcards) to https. A server that has TLS too
 * is split; the new plain block goes on serving names of the old one that are not among `names`. A
 * redirect that is there already, ours or another, is left alone.
 * ERR_REFUSED: the split cannot be done; ERR_NOT_FOUND: no such server. */
int nginx_redirect(struct nginx_model *model, size_t server_id, const struct strvec *names,
		   struct error *err) WARN_UNUSED;

#define NGINX_HSTS_HEADER "Strict-Transport-Security"
#define NGINX_HSTS_VALUE "max-age=31536000"
#define NGINX_UIR_HEADER "Content-Security-Policy"
#define NGINX_UIR_VALUE "upgrade-insecure-requests"

/* The value of the response header in the server's "add_header", borrowed; NULL when it has
 * none. */
const char *nginx_header_value(const struct nginx_server *server, const char *header);
/* Adds the response header to a TLS server, and repeats headers that nginx would no longer inherit;
 * a server with plain sockets too is split first.
 * ERR_EXISTS: the server sets that header; ERR_REFUSED: it has no TLS or cannot be split. */
int nginx_add_header(struct nginx_model *model, size_t server_id, const char *header,
		     const char *value, struct error *err) WARN_UNUSED;
/* Gives the server's header (already there, else ERR_NOT_FOUND) another value. */
int nginx_change_header(struct nginx_model *model, size_t server_id, const char *header,
			const char *value, struct error *err) WARN_UNUSED;

/* Switches OCSP stapling on. ERR_REFUSED: no TLS, or ssl_trusted_certificate has another use. */
int nginx_staple(struct nginx_model *model, size_t server_id, const char *chain_path,
		 struct error *err) WARN_UNUSED;

#endif
