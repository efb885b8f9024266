/*
 * Makes the running server answer tls-sni-01 challenges for as long as the validation takes.
 */
#ifndef CONFEDIT_NGINX_NGINX_SNI_H
#define CONFEDIT_NGINX_NGINX_SNI_H

#include "confedit/nginx/nginx_model.h"

struct nginx_sni_challenge {
	const char *server_name; /* what the CA asks for */
	const char *cert_path, *key_path;
};

struct nginx_sni_plan {
	unsigned port;
	const char *include_path; /* file for servers of our own, included at the end of http */
	const char *options_path; /* TLS settings that they include */
};

/* Edits the model so that clients who ask for one of the names on any TLS socket of the port get
 * its certificate. If there is no such socket, the servers make one. The include file becomes a
 * file of the model.
 *
 * The edits are meant to be undone, as those of nginx_publish_challenges(). ERR_CONFIG: there is no
 * http block; ERR_REFUSED: the port is there for plain HTTP. */
int nginx_publish_sni(struct nginx_model *model, const struct nginx_sni_challenge *challenges,
		      size_t count, const struct nginx_sni_plan *plan,
		      struct error *err) WARN_UNUSED;

#endif
