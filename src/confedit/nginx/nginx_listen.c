/*
 * Arguments of "listen" (see nginx_listen.h), as nginx's ngx_http_core_listen and ngx_parse_url
 * read them. Host names are not resolved: two listens by name are the same socket when the names
 * are.
 */
#include "confedit/nginx/nginx_listen.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

enum { DEFAULT_PORT = 80 };

static const struct listen_option {
	const char *name; /* ends in '=' when a value follows */
	unsigned flags;
	bool once_only;
} options[] = {
	{"ssl", NGINX_LISTEN_SSL, false},
	{"default_server", NGINX_LISTEN_DEFAULT, true},
	{"default", NGINX_LISTEN_DEFAULT, true},
	{"proxy_protocol", NGINX_LISTEN_PROXY_PROTOCOL, false},
	{"http2", NGINX_LISTEN_HTTP2, false},
	{"spdy", NGINX_LISTEN_HTTP2, false},
	{"quic", NGINX_LISTEN_QUIC, false},
	{"ipv6only=on", NGINX_LISTEN_IPV6ONLY_ON | NGINX_LISTEN_SOCKET_OPTION, true},
	{"ipv6only=off", NGINX_LISTEN_IPV6ONLY_OFF | NGINX_LISTEN_SOCKET_OPTION, true},
	{"bind", NGINX_LISTEN_SOCKET_OPTION, true},
	{"deferred", NGINX_LISTEN_SOCKET_OPTION, true},
	{"reuseport", NGINX_LISTEN_SOCKET_OPTION, true},
	{"multipath", NGINX_LISTEN_SOCKET_OPTION, true},
	{"setfib=", NGINX_LISTEN_SOCKET_OPTION, true},
	{"fastopen=", NGINX_LISTEN_SOCKET_OPTION, true},
	{"backlog=", NGINX_LISTEN_SOCKET_OPTION, true},
	{"rcvbuf=", NGINX_LISTEN_SOCKET_OPTION, true},
	{"sndbuf=", NGINX_LISTEN_SOCKET_OPTION, true},
	{"accept_filter=", NGINX_LISTEN_SOCKET_OPTION, true},
	{"so_keepalive=", NGINX_LISTEN_SOCKET_OPTION, true},
};

static const struct listen_option *find_option(const char *argument)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		const char *name = options[i].name;

		if (str_ends(name, "=") ? str_starts(argument, name) : strcmp(argument, name) == 0)
			return &options[i];
	}
	return NULL;
}

/* nginx fails with "duplicate listen options" when a second server repeats them. */
bool nginx_listen_is_once_only(const char *argument)
{
	const struct listen_option *option = find_option(argument);

	return option && option->once_only;
}

/* "80" or "8000-8010" Ranges since nginx 1.15.10. */
static bool parse_ports(const char *text, struct nginx_listen *listen)
{
	const char *dash = strchr(text, '-');
	AUTO_FREE char *first = dash ? xstrndup(text, (size_t)(dash - text)) : xstrdup(text);
	int64_t port, last;

	if (!str_to_int64(first, 1, 65535, &port))
		return false;
	last = port;
	if (dash && !str_to_int64(dash + 1, port, 65535, &last))
		return false;
	listen->port = (unsigned)port;
	listen->last_port = (unsigned)last;
	return true;
}

/* One spelling for every address: "*" for all of IPv4, the shortest form for IPv6. Sockets are
 * compared as text later. */
static void set_host(struct nginx_listen *listen, const char *host)
{
	char shortest[INET6_ADDRSTRLEN];
	unsigned char bytes[sizeof(struct in6_addr)];

	if (strcmp(host, "*") == 0 || strcmp(host, "0.0.0.0") == 0) {
		REPLACE(listen->address, xstrdup("*"));
		listen->family = NGINX_IPV4;
	} else if (inet_pton(AF_INET, host, bytes) == 1) {
		REPLACE(listen->address, xstrdup(host));
		listen->family = NGINX_IPV4;
	} else if (inet_pton(AF_INET6, host, bytes) == 1) {
		inet_ntop(AF_INET6, bytes, shortest, sizeof(shortest));
		REPLACE(listen->address, xasprintf("[%s]", shortest));
		listen->family = NGINX_IPV6;
	} else {
		REPLACE(listen->address, xstrdup(host));
		ascii_lower_string(listen->address);
		listen->family = NGINX_HOST;
	}
}

static bool parse_ipv6(const char *text, struct nginx_listen *listen)
{
	const char *end = strchr(text, ']');
	AUTO_FREE char *host = NULL;

	if (!end)
		return false;
	host = xstrndup(text + 1, (size_t)(end - text - 1));
	set_host(listen, host);
	if (listen->family != NGINX_IPV6)
		return false;
	return !end[1] || (end[1] == ':' && parse_ports(end + 2, listen));
}

/* A number alone is a port and a name alone a host, as in ngx_parse_url(). */
static bool parse_address(const char *text, struct nginx_listen *listen)
{
	const char *colon = strrchr(text, ':');
	AUTO_FREE char *host = NULL;

	listen->port = listen->last_port = DEFAULT_PORT;
	if (str_starts(text, "unix:")) {
		listen->family = NGINX_UNIX;
		listen->address = xstrdup(text);
		listen->port = listen->last_port = 0;
		return true;
	}
	if (text[0] == '[')
		return parse_ipv6(text, listen);
	if (parse_ports(text, listen)) {
		set_host(listen, "*");
		return true;
	}
	host = xstrndup(text, colon ? (size_t)(colon - text) : strlen(text));
	set_host(listen, host);
	return *host && (!colon || parse_ports(colon + 1, listen));
}

/* Options that are not in the table do not matter here: nginx checks the rest. */
bool nginx_listen_parse(const struct nginx_directive *directive, struct nginx_listen *ret_listen)
{
	const char *argument = nginx_directive_argument(directive, 0);

	*ret_listen = (struct nginx_listen){.directive = directive};
	if (!argument || !parse_address(argument, ret_listen)) {
		nginx_listen_release(ret_listen);
		return false;
	}
	for (size_t i = 1; (argument = nginx_directive_argument(directive, i)); i++) {
		const struct listen_option *option = find_option(argument);

		if (option)
			ret_listen->flags |= option->flags;
	}
	return true;
}

/* Port 80 because we run as root; for others nginx would choose 8000. */
void nginx_listen_init_default(struct nginx_listen *listen)
{
	*listen = (struct nginx_listen){
		.family = NGINX_IPV4,
		.address = xstrdup("*"),
		.port = DEFAULT_PORT,
		.last_port = DEFAULT_PORT,
	};
}

void nginx_listen_release(struct nginx_listen *listen)
{
	free(listen->address);
	*listen = (struct nginx_listen){0};
}

/* A QUIC socket and the TCP socket of the same address are different sockets. */
bool nginx_listen_same_socket(const struct nginx_listen *a, const struct nginx_listen *b)
{
	return a->family == b->family && ((a->flags ^ b->flags) & NGINX_LISTEN_QUIC) == 0 &&
	       strcmp(a->address, b->address) == 0 && a->port <= b->last_port &&
	       b->port <= a->last_port;
}

bool nginx_listen_has_port(const struct nginx_listen *listen, unsigned port)
{
	return listen->port <= port && port <= listen->last_port;
}

void nginx_listen_add_address(const struct nginx_listen *listen, unsigned port, struct strbuf *out)
{
	if (strcmp(listen->address, "*") != 0)
		strbuf_addf(out, "%s:", listen->address);
	strbuf_addf(out, "%u", port);
}
