/*
 * Chooses the server that answers for a name.
 */
#ifndef CONFEDIT_NGINX_NGINX_CHOOSE_H
#define CONFEDIT_NGINX_NGINX_CHOOSE_H

#include "confedit/nginx/nginx_model.h"

enum nginx_match {
	NGINX_MATCH_EXACT,          /* "a.example", also ".a.example" for the bare name */
	NGINX_MATCH_WILDCARD_START, /* "*.example", ".example" */
	NGINX_MATCH_WILDCARD_END,   /* "www.*" */
	NGINX_MATCH_REGEX,          /* "~…" */
	NGINX_MATCH_NONE,
};

struct nginx_candidate {
	const struct nginx_server *server;
	enum nginx_match match;
	size_t length;         /* of the wildcard that matched: longer is better */
	unsigned sockets_rank; /* for a certificate: smaller is better */
};

struct nginx_candidates {
	struct nginx_candidate *items; /* best first */
	size_t count, capacity;
};

#define NGINX_CANDIDATES_INIT                                                                      \
	{                                                                                          \
		.items = NULL                                                                      \
	}

void nginx_candidates_release(struct nginx_candidates *candidates);
DEFINE_AUTO(nginx_candidates, nginx_candidates_release);

/* Sockets that a server must have to be considered. Those of QUIC do not count, because clients
 * connect by TCP first. */
enum nginx_sockets {
	NGINX_SOCKETS_ANY,
	NGINX_SOCKETS_PLAIN, /* one on the port, without TLS */
	NGINX_SOCKETS_TLS,   /* one on the port, with TLS */
};

struct nginx_ports {
	unsigned http, https;
};

/* All http servers with such a socket that answer for `name`, best first. Among those with a plain
 * socket on ports->http, or with a TLS socket on ports->https, the order is nginx's own: by kind of
 * match, longer wildcards first, then in the order of the file. For a certificate
 * (NGINX_SOCKETS_ANY) the sockets come before that: TLS on ports->https, plain on ports->http, TLS
 * elsewhere, others. `name` may be a certificate's wildcard, which only an equal server_name
 * matches. ERR_REFUSED: the best place could be a server_name with a regular expression that PCRE2
 * cannot use. */
int nginx_rank_servers(const struct nginx_model *model, const char *name,
		       enum nginx_sockets sockets, const struct nginx_ports *ports,
		       struct nginx_candidates *ret_candidates, struct error *err) WARN_UNUSED;

/* True when nginx gives the candidate at index `at` the requests on that socket of its: none before
 * it listens there. */
bool nginx_candidate_serves(const struct nginx_candidates *candidates, size_t at,
			    const struct nginx_listen *socket);

/* Keeps the candidates that nginx gives requests on at least one such socket: on each, the first
 * that listens there. */
void nginx_keep_served(struct nginx_candidates *candidates, enum nginx_sockets sockets,
		       unsigned port);

enum nginx_default_search {
	NGINX_DEFAULT_ON_PORT,
	NGINX_DEFAULT_ON_ANY_PORT,
};
/* The only server marked as default on the port or, with NGINX_DEFAULT_ON_ANY_PORT, otherwise the
 * only one so marked on any port. Borrowed; NULL when there is none, or several. */
const struct nginx_server *nginx_find_default(const struct nginx_model *model, unsigned port,
					      enum nginx_default_search search);

/* True when nginx gives this server the requests on its socket for names that no server has: it is
 * marked as default there, or no server is and it is the first. */
bool nginx_server_is_default(const struct nginx_model *model, const struct nginx_server *server,
			     const struct nginx_listen *socket);

/* True when the server has such a socket. */
bool nginx_server_has_socket(const struct nginx_server *server, enum nginx_sockets sockets,
			     unsigned port);

#endif
