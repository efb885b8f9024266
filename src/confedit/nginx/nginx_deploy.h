/*
 * Putting a certificate into a server block.
 *
 * A server is named by its id. Every function is one edit of the model: done as a whole or, on any
 * error, not at all; done again it changes nothing.
 */
#ifndef CONFEDIT_NGINX_NGINX_DEPLOY_H
#define CONFEDIT_NGINX_NGINX_DEPLOY_H

#include "confedit/nginx/nginx_model.h"

struct nginx_deployment {
	unsigned http_port, https_port;
	const char *fullchain_path, *key_path;
	const char *options_path; /* included by blocks that become TLS; NULL: none */
	const char *dhparam_path; /* NULL: none */
};

/* Makes the server serve the certificate. One that has no TLS on the HTTPS port yet gets a TLS
 * socket there beside each of its plain ones; a server without plain ones that has TLS on another
 * port stays there. One that has no TLS at all also gets the options file and the DH parameters;
 * directives that the options file sets to the same value are commented out.
 * ERR_REFUSED: a directive in the way has another value, or stands in a file that other servers
 * include too. ERR_NOT_FOUND: no such server. */
int nginx_deploy(struct nginx_model *model, size_t server_id,
		 const struct nginx_deployment *deployment, struct error *err) WARN_UNUSED;

/* Copies the server below itself, for `names` only and without what may be said only once per
 * socket (default_server and the like). ERR_REFUSED: such an option comes from an included file. */
int nginx_duplicate_server(struct nginx_model *model, size_t server_id, const struct strvec *names,
			   size_t *ret_id, struct error *err) WARN_UNUSED;

#endif
