/*
 * Challenges in the running nginx, and the requests that show that it has them.
 */
#include <string.h>

#include "base/alloc.h"
#include "confedit/nginx/nginx_challenge.h"
#include "os/file.h"
#include "plugins/nginx/nginx_site.h"

#define INCLUDE_NAME "le_http_01_cert_challenge.conf"
#define CHALLENGE_PATH "/.well-known/acme-challenge/"

/* Which sockets a proof looks at. */
struct socket_filter {
	unsigned port;
	bool tls;
};

/* The address from which this machine reaches the socket; NULL: it cannot, or speaks another
 * language there. */
static const char *reachable_address(const struct nginx_listen *listen,
				     const struct socket_filter *filter, char own[static 64])
{
	size_t len = strlen(listen->address);

	if (listen->tls != filter->tls || !nginx_listen_has_port(listen, filter->port) ||
	    (!filter->tls && listen->flags & (NGINX_LISTEN_HTTP2 | NGINX_LISTEN_QUIC)))
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

/* The distinct sockets of all http servers that the filter lets through. */
static void find_sockets(const struct nginx_model *model, const struct socket_filter *filter,
			 struct probes *ret_sockets)
{
	for (size_t i = 0; i < nginx_model_server_count(model); i++) {
		const struct nginx_server *server = nginx_model_server(model, i);

		for (size_t j = 0; server->kind == NGINX_SERVER_HTTP && j < server->listen_count;
		     j++) {
			char own[64];
			const char *address = reachable_address(&server->listens[j], filter, own);

			if (address)
				add_socket(ret_sockets, address, filter->port,
					   server->listens[j].flags);
		}
	}
}

static void add_proofs(const struct probes *sockets, const struct acme_challenge *challenge,
		       struct probes *ret_probes)
{
	AUTO_FREE char *path = xasprintf(CHALLENGE_PATH "%s", challenge->token);

	for (size_t i = 0; i < sockets->count; i++) {
		struct probe probe = sockets->items[i];

		probe.host = challenge->identifier.value;
		probe.path = path;
		probe.body = challenge->key_authorization;
		probes_add(ret_probes, &probe);
	}
}

int nginx_site_publish(struct webserver *server, const struct plugin_task *tasks, size_t count,
		       struct probes *ret_probes, struct error *err)
{
	AUTO_FREE char *include_path = path_join(webserver_config_dir(server), INCLUDE_NAME);
	AUTO_FREE char *root_path = path_join(webserver_work_dir(server), "http_01_nonexistent");
	AUTO_FREE struct nginx_challenge *challenges = xcalloc(count + 1, sizeof(*challenges));
	AUTO(probes) struct probes sockets = PROBES_INIT;
	const struct socket_filter plain = {webserver_http_port(server), false};
	const struct nginx_challenge_plan plan = {
		.http_port = webserver_http_port(server),
		.https_port = webserver_https_port(server),
		.include_path = include_path,
		.root_path = root_path,
	};

	for (size_t i = 0; i < count; i++)
		challenges[i] = (struct nginx_challenge){
			.name = tasks[i].challenge->identifier.value,
			.token = tasks[i].challenge->token,
			.key_authorization = tasks[i].challenge->key_authorization,
		};
	if (nginx_publish_challenges(server->model, challenges, count, &plan, err) < 0)
		return err->code;
	find_sockets(server->model, &plain, &sockets);
	for (size_t i = 0; i < count; i++)
		add_proofs(&sockets, tasks[i].challenge, ret_probes);
	return 0;
}

void nginx_site_prove(struct webserver *server, struct probes *ret_probes)
{
	const struct socket_filter tls = {webserver_https_port(server), true};

	if (server->model)
		find_sockets(server->model, &tls, ret_probes);
}
