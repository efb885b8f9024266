/*
 * Installs a certificate in a server block.
 *
 * Servers are identified by id. Every function is one edit of the model, which is done completely
 * or, on error, not at all. Repeating it changes nothing.
 */
#ifndef CONFEDIT_NGINX_NGINX_DEPLOY_H
#define CONFEDIT_NGINX_NGINX_DEPLOY_H

#include "confedit/nginx/nginx_model.h"

struct nginx_deployment {
	unsigned http_port, https_port;
	const char *fullchain_path, *key_path;
	/* Which of the block's certificates is replaced, where it has one for each of several types
	 * of key: an index into nginx_server.certificates. */
	size_t replaced;
	bool is_further;          /* it is added to those that the block has, and replaces none */
	const char *options_path; /* included by blocks that become TLS; NULL: none */
	const char *dhparam_path; /* NULL: none */
	/* nginx has the directive "http2" (1.25.1), and warns of the option of "listen". */
	bool has_http2_directive;
};

/* Makes the server serve the certificate. If it has no TLS on the HTTPS port yet, it gets a TLS
 * socket there for each of its plain sockets; a server without plain sockets that has TLS on
 * another port stays there. A server without any TLS also gets the options file and the DH
 * parameters; its directives that the options file sets to the same value are commented out.
 * ERR_REFUSED when a directive that conflicts has another value, or is in a file that other servers
 * include too. ERR_NOT_FOUND when there is no such server. */
int nginx_deploy(struct nginx_model *model, size_t server_id,
		 const struct nginx_deployment *deployment, struct error *err) WARN_UNUSED;

/* Takes the certificate with that path, and the key that goes with it by their order, out of the
 * server's block. Does nothing where it has none. ERR_REFUSED when the directive is in a file that
 * other servers include too. */
int nginx_drop_certificate(struct nginx_model *model, size_t server_id, const char *fullchain_path,
			   struct error *err) WARN_UNUSED;

/* Inserts a copy of the server after it, for `names` only and without options that are allowed only
 * once per socket (default_server and the like). ERR_REFUSED when such an option comes from an
 * included file. */
int nginx_duplicate_server(struct nginx_model *model, size_t server_id, const struct strvec *names,
			   size_t *ret_id, struct error *err) WARN_UNUSED;

#endif
