/*
 * Arguments of nginx's "listen".
 */
#ifndef CONFEDIT_NGINX_NGINX_LISTEN_H
#define CONFEDIT_NGINX_NGINX_LISTEN_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "confedit/nginx/nginx_conf.h"

struct nginx_item;

enum nginx_family {
	NGINX_IPV4,
	NGINX_IPV6,
	NGINX_UNIX,
	NGINX_HOST, /* a name: either of the first two */
};

enum nginx_listen_flags {
	NGINX_LISTEN_SSL = 1 << 0,
	NGINX_LISTEN_DEFAULT = 1 << 1, /* default_server, or "default" of old */
	NGINX_LISTEN_PROXY_PROTOCOL = 1 << 2,
	NGINX_LISTEN_HTTP2 = 1 << 3,
	NGINX_LISTEN_QUIC = 1 << 4,
	NGINX_LISTEN_IPV6ONLY_ON = 1 << 5,
	NGINX_LISTEN_IPV6ONLY_OFF = 1 << 6,
	/* Carries an option that nginx allows once per socket: backlog, bind, ipv6only, … */
	NGINX_LISTEN_SOCKET_OPTION = 1 << 7,
};

struct nginx_listen {
	const struct nginx_directive
		*directive; /* NULL: nginx's default for a server without any */
	enum nginx_family family;
	char *address;      /* "*", "192.0.2.1", "[::]", "unix:/run/x", "localhost" */
	unsigned port;      /* 0 for unix sockets */
	unsigned last_port; /* same as port but for a range */
	unsigned flags;     /* enum nginx_listen_flags, of this directive */
	bool tls;           /* the socket speaks TLS: here or in another server that shares it */
	const struct nginx_item *item; /* of the server (nginx_model.h), or NULL */
};

/* Parses the directive; the caller releases the result. False when the address is invalid. */
bool nginx_listen_parse(const struct nginx_directive *directive, struct nginx_listen *ret_listen);
/* Port 80 of all IPv4 addresses: what nginx listens on by default. */
void nginx_listen_init_default(struct nginx_listen *listen);
void nginx_listen_release(struct nginx_listen *listen);

/* True when both name the same socket (or overlap, for ranges). QUIC has sockets of its own. */
bool nginx_listen_same_socket(const struct nginx_listen *a, const struct nginx_listen *b);
/* True when the port is the listen's, or in its range. */
bool nginx_listen_has_port(const struct nginx_listen *listen, unsigned port);
/* Appends "443", "192.0.2.1:443" or "[::]:443": the first argument of "listen" for this address and
 * `port`. */
void nginx_listen_add_address(const struct nginx_listen *listen, unsigned port, struct strbuf *out);

/* True for an argument of "listen" that is allowed only once per socket, so that a copy of a server
 * must not have it: default_server, backlog=…, ipv6only=…, … */
bool nginx_listen_is_once_only(const char *argument);

#endif
