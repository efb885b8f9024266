/*
 * The requests for the running nginx on its own sockets, and the certificates expected there: those
 * of the block that nginx chooses for a name.
 */
#include <string.h>

#include "base/alloc.h"
#include "confedit/names.h"
#include "plugins/nginx/nginx_site.h"
#include "webserver/looks.h"

/* The address at which this machine reaches the socket, stored in `own` if need be. NULL when it
 * cannot reach it, or when the filter excludes the socket. HTTP/2 without TLS is not understood by
 * the plain request of a probe, and QUIC is UDP. */
static const char *site_address(const struct nginx_listen *listen,
				const struct nginx_socket_filter *filter, char own[static 64])
{
	size_t len = strlen(listen->address);

	if (listen->tls != filter->tls || !nginx_listen_has_port(listen, filter->port) ||
	    listen->flags & NGINX_LISTEN_QUIC ||
	    (!filter->tls && listen->flags & NGINX_LISTEN_HTTP2))
		return NULL;
	if (listen->family == NGINX_IPV4)
		return strcmp(listen->address, "*") == 0 ? "127.0.0.1" : listen->address;
	if (listen->family != NGINX_IPV6 || len < 4 || len > 60)
		return NULL;
	if (strcmp(listen->address, "[::]") == 0)
		return "::1";
	memcpy(own, listen->address + 1, len - 2);
	own[len - 2] = '\0';
	return own;
}

static void add_socket(struct probes *sockets, const char *address, unsigned port, unsigned flags)
{
	AUTO_FREE char *copy = xstrdup(address);
	bool proxy_protocol = flags & NGINX_LISTEN_PROXY_PROTOCOL;

	for (size_t i = 0; i < sockets->count; i++) {
		if (strcmp(sockets->items[i].address, address) != 0)
			continue;
		/* One "listen" with the option turns it on for all servers of the socket. */
		sockets->items[i].proxy_protocol |= proxy_protocol;
		return;
	}
	probes_add(
		sockets,
		&(struct probe){.address = copy, .port = port, .proxy_protocol = proxy_protocol});
}

void nginx_site_sockets(const struct nginx_model *model, const struct nginx_socket_filter *filter,
			struct probes *ret_sockets)
{
	for (size_t i = 0; i < nginx_model_server_count(model); i++) {
		const struct nginx_server *server = nginx_model_server(model, i);

		for (size_t j = 0; server->kind == NGINX_SERVER_HTTP && j < server->listen_count;
		     j++) {
			char own[64];
			const char *address = site_address(&server->listens[j], filter, own);

			if (address)
				add_socket(ret_sockets, address, filter->port,
					   server->listens[j].flags);
		}
	}
}

/* True when a server listens on exactly that address: then connections to it never get to the
 * servers that listen on all addresses. The kernel prefers the socket that is bound to the address
 * of the connection. */
static bool is_taken(const struct nginx_model *model, const char *address, unsigned port)
{
	for (size_t i = 0; i < nginx_model_server_count(model); i++) {
		const struct nginx_server *server = nginx_model_server(model, i);

		for (size_t j = 0; j < server->listen_count; j++)
			if (strcmp(server->listens[j].address, address) == 0 &&
			    !(server->listens[j].flags & NGINX_LISTEN_QUIC) &&
			    nginx_listen_has_port(&server->listens[j], port))
				return true;
	}
	return false;
}

static bool is_shadowed(const struct nginx_model *model, const struct nginx_listen *listen)
{
	if (strcmp(listen->address, "*") == 0)
		return is_taken(model, "127.0.0.1", listen->port);
	return strcmp(listen->address, "[::]") == 0 && is_taken(model, "[::1]", listen->port);
}

/* One "listen" with the option turns it on for all servers of the socket. */
static bool wants_proxy_protocol(const struct nginx_model *model, const struct nginx_listen *listen)
{
	for (size_t i = 0; i < nginx_model_server_count(model); i++) {
		const struct nginx_server *server = nginx_model_server(model, i);

		for (size_t j = 0; j < server->listen_count; j++)
			if (server->listens[j].flags & NGINX_LISTEN_PROXY_PROTOCOL &&
			    nginx_listen_same_socket(&server->listens[j], listen))
				return true;
	}
	return false;
}

/* Adds a look at the TLS socket, if this machine can reach the server through it. */
static void add_look(const struct nginx_model *model, const struct nginx_listen *listen,
		     struct probe *look, struct probes *ret_probes)
{
	const struct nginx_socket_filter filter = {listen->port, true};
	char own[64];
	const char *address = site_address(listen, &filter, own);
	AUTO_FREE char *copy = xstrdup_or_null(address);

	if (!address || is_shadowed(model, listen))
		return;
	look->address = copy;
	look->port = listen->port;
	look->proxy_protocol = wants_proxy_protocol(model, listen);
	probes_add(ret_probes, look);
}

/* The blocks for the name with TLS on the HTTPS port, or all if there are none. Some sites have TLS
 * on another port only. */
static int find_shown(const struct nginx_model *model, const char *name,
		      const struct nginx_ports *ports, struct nginx_candidates *ret_found)
{
	static const enum nginx_sockets places[] = {NGINX_SOCKETS_TLS, NGINX_SOCKETS_ANY};
	AUTO(error) struct error ignored = ERROR_INIT;

	for (size_t i = 0; i < ARRAY_LEN(places) && !ret_found->count; i++)
		if (nginx_rank_servers(model, name, places[i], ports, ret_found, &ignored) < 0)
			return ignored.code;
	return 0;
}

/* Adds looks at the name on the TLS sockets where nginx chooses that candidate for it. */
static void add_looks_at(const struct nginx_model *model, const struct nginx_candidates *found,
			 size_t at, struct probe *look, struct probes *ret_probes)
{
	const struct nginx_server *server = found->items[at].server;

	for (size_t i = 0; i < server->listen_count; i++)
		if (nginx_candidate_serves(found, at, &server->listens[i]))
			add_look(model, &server->listens[i], look, ret_probes);
}

static void add_looks(const struct webserver *server, const char *name,
		      const struct webserver_certificates *which, struct probes *ret_probes)
{
	const struct nginx_ports ports = nginx_site_ports(server);
	AUTO(nginx_candidates) struct nginx_candidates found = NGINX_CANDIDATES_INIT;
	AUTO_FREE char *host = xstrdup(name);

	if (find_shown(server->model, name, &ports, &found) < 0)
		return;
	for (size_t i = 0; i < found.count; i++) {
		AUTO(shown_leaves) struct shown_leaves leaves =
			shown_leaves_of(&found.items[i].server->certificates, which);

		for (size_t j = 0; found.items[i].server->tls && j < leaves.count; j++) {
			struct probe look = {.host = host,
					     .leaf = leaves.items[j].pem,
					     .key = leaves.items[j].key};

			add_looks_at(server->model, &found, i, &look, ret_probes);
		}
	}
}

static bool is_covered(const char *name, const struct strvec *names)
{
	for (size_t i = 0; i < names->count; i++)
		if (names_covered_by(name, names->items[i]))
			return true;
	return false;
}

/* Names without patterns: those asked for, and those of blocks that they cover. A pattern cannot be
 * asked for; a name that it covers can. */
static void gather_host_names(const struct nginx_model *model,
			      const struct webserver_certificates *which, struct strvec *ret_names)
{
	AUTO(strvec) struct strvec all = STRVEC_INIT;

	for (size_t i = 0; which && i < which->names.count; i++)
		if (!names_is_glob(which->names.items[i]))
			strvec_push_unique(ret_names, which->names.items[i]);
	nginx_model_names(model, &all);
	for (size_t i = 0; i < all.count; i++)
		if (!names_is_glob(all.items[i]) && all.items[i][0] != '.' &&
		    (!which || is_covered(all.items[i], &which->names)))
			strvec_push_unique(ret_names, all.items[i]);
}

void nginx_site_prove(struct webserver *server, const struct webserver_certificates *which,
		      struct probes *ret_probes)
{
	const struct nginx_socket_filter tls = {webserver_https_port(server), true};
	AUTO(probes) struct probes sockets = PROBES_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	nginx_site_sockets(server->model, &tls, &sockets);
	for (size_t i = 0; i < sockets.count; i++)
		probes_add(ret_probes, &sockets.items[i]);
	gather_host_names(server->model, which, &names);
	for (size_t i = 0; i < names.count; i++)
		add_looks(server, names.items[i], which, ret_probes);
}
