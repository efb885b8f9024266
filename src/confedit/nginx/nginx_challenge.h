/*
 * Makes the running server answer http-01 challenges for as long as the validation takes.
 */
#ifndef CONFEDIT_NGINX_NGINX_CHALLENGE_H
#define CONFEDIT_NGINX_NGINX_CHALLENGE_H

#include "confedit/nginx/nginx_model.h"

struct nginx_challenge {
	const char *name; /* as in the Host header */
	const char *token;
	const char *key_authorization;
};

struct nginx_challenge_plan {
	unsigned http_port, https_port;
	const char *include_path; /* file for servers of our own, included at the end of http */
	const char *root_path;    /* of these servers; need not exist */
};

/* Edits the model so that each challenge is answered on every plain socket of the http port and on
 * the TLS sockets (of the https port) that have the name, whatever redirects or access rules the
 * servers have. Where no server has a name, the default server of the port is copied for it, or a
 * server of our own goes to the include file, which becomes a file of the model.
 *
 * The edits are meant to be undone: the caller writes the changed files, and puts the old bytes
 * back afterwards. ERR_CONFIG: there is no http block; ERR_REFUSED: a challenge has bytes that do
 * not belong there. */
int nginx_publish_challenges(struct nginx_model *model, const struct nginx_challenge *challenges,
			     size_t count, const struct nginx_challenge_plan *plan,
			     struct error *err) WARN_UNUSED;

#endif
