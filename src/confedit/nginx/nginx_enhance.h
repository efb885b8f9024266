/*
 * Optional features for a server. As in nginx_deploy.h, each function is one edit of the model,
 * which is done completely or not at all; repeating it changes nothing.
 */
#ifndef CONFEDIT_NGINX_NGINX_ENHANCE_H
#define CONFEDIT_NGINX_NGINX_ENHANCE_H

#include "confedit/nginx/nginx_model.h"

/* Redirects plain requests for the names (which may be wildcards) to https. A server that also has
 * TLS is split; the new plain block continues to serve names of the old one that are not in
 * `names`. An existing redirect, ours or another, is left alone. ERR_REFUSED when the split is not
 * possible; ERR_NOT_FOUND when there is no such server. */
int nginx_redirect(struct nginx_model *model, size_t server_id, const struct strvec *names,
		   struct error *err) WARN_UNUSED;

#define NGINX_HSTS_HEADER "Strict-Transport-Security"
#define NGINX_HSTS_VALUE "max-age=31536000"
#define NGINX_UIR_HEADER "Content-Security-Policy"
#define NGINX_UIR_VALUE "upgrade-insecure-requests"

/* The value of the response header in the server's "add_header", borrowed; NULL when it has
 * none. */
const char *nginx_header_value(const struct nginx_server *server, const char *header);
/* Adds the response header to a TLS server, and repeats headers that nginx would no longer inherit.
 * A server that also has plain sockets is split first. ERR_EXISTS when the server sets that header
 * already; ERR_REFUSED when it has no TLS or cannot be split. */
int nginx_add_header(struct nginx_model *model, size_t server_id, const char *header,
		     const char *value, struct error *err) WARN_UNUSED;
/* Changes the value of the server's header. ERR_NOT_FOUND when it has none. */
int nginx_change_header(struct nginx_model *model, size_t server_id, const char *header,
			const char *value, struct error *err) WARN_UNUSED;

/* Switches on OCSP stapling. ERR_REFUSED when the server has no TLS, or uses
 * ssl_trusted_certificate for something else. */
int nginx_staple(struct nginx_model *model, size_t server_id, const char *chain_path,
		 struct error *err) WARN_UNUSED;

#endif
