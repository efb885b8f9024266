/*
 * The requests for the running httpd on its own sockets, and the certificates expected there. Only
 * covers hosts that are chosen by name alone; hosts on specific addresses are left out.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/apache/edit/apache_listen.h"
#include "confedit/names.h"
#include "plugins/apache/apache_site.h"
#include "webserver/looks.h"

/* The address from which this machine reaches a socket of that Listen; heap, or NULL. A Listen by a
 * name would have to be resolved, and might then be another machine. */
static char *reachable_address(const struct apache_address *listen)
{
	size_t len = strlen(listen->host);

	if (strcmp(listen->host, "*") == 0 || strcmp(listen->host, "0.0.0.0") == 0)
		return xstrdup("127.0.0.1");
	if (strcmp(listen->host, "[::]") == 0)
		return xstrdup("::1");
	if (listen->host[0] == '[' && len > 2)
		return xstrndup(listen->host + 1, len - 2);
	return ascii_is_digit(listen->host[0]) ? xstrdup(listen->host) : NULL;
}

/* For all hosts if it is on at all: which ones it covers depends on the context, and a wrong guess
 * only costs the proof. */
bool apache_site_wants_proxy_protocol(const struct apache_model *model)
{
	const struct apache_item *item = apache_items_find_last(apache_model_items(model),
								"RemoteIPProxyProtocol");

	return item && apache_item_argument(item, 0) &&
	       str_eq_nocase(apache_item_argument(item, 0), "on");
}

void apache_site_add_probes(const struct apache_model *model, unsigned port,
			    const struct probe *probe, struct probes *ret_probes)
{
	AUTO_FREE char *text = xasprintf("%u", port);
	struct apache_address *listens;
	size_t count = apache_listen_addresses(model, &listens);

	for (size_t i = 0; i < count; i++) {
		AUTO_FREE char *address = reachable_address(&listens[i]);
		struct probe one = *probe;

		if (address && strcmp(listens[i].port, text) == 0) {
			one.address = address;
			one.port = port;
			probes_add(ret_probes, &one);
		}
		apache_address_release(&listens[i]);
	}
	free(listens);
}

/* The files that the host shows a leaf of. */
static void list_chains(const struct apache_vhost *vhost, struct strvec *ret_paths)
{
	const struct apache_item *item = NULL;

	while ((item = apache_items_find(&vhost->items, "SSLCertificateFile", item)))
		if (apache_item_argument(item, 0))
			strvec_push(ret_paths, apache_item_argument(item, 0));
}

/* True for a host on every address of one port. Hosts on single addresses are not checked. */
static bool is_on_all_addresses(const struct apache_vhost *vhost)
{
	return vhost->address_count == 1 && strcmp(vhost->addresses[0].port, "*") != 0 &&
	       (strcmp(vhost->addresses[0].host, "*") == 0 ||
		str_eq_nocase(vhost->addresses[0].host, "_default_"));
}

static bool same_port(const struct apache_vhost *a, const struct apache_vhost *b)
{
	return strcmp(a->addresses[0].port, b->addresses[0].port) == 0;
}

/* True when httpd reads no other host that might answer for the name before this one. httpd takes
 * the first host that matches, so a host whose name comes second is never asked. */
static bool is_first(const struct apache_model *model, const struct apache_vhost *vhost,
		     const char *name)
{
	for (size_t i = 0; i < apache_model_vhost_count(model); i++) {
		const struct apache_vhost *other = apache_model_vhost(model, i);

		if (other == vhost)
			return true;
		if (!other->enabled || !other->tls || !same_port(other, vhost))
			continue;
		if (other->is_macro)
			return false;
		if (other->name && strcmp(other->name, name) == 0)
			return false;
		for (size_t j = 0; j < other->aliases.count; j++)
			if (names_match_glob(other->aliases.items[j], name))
				return false;
	}
	return true;
}

static void add_look(struct webserver *server, const struct apache_vhost *vhost, const char *name,
		     const struct shown_leaf *leaf, struct probes *ret_probes)
{
	AUTO_FREE char *host = xstrdup(name);
	const struct probe look = {
		.host = host,
		.leaf = leaf->pem,
		.key = leaf->key,
		.proxy_protocol = apache_site_wants_proxy_protocol(server->model),
	};

	int64_t port;

	if (!names_is_glob(name) && is_first(server->model, vhost, name) &&
	    str_to_int64(vhost->addresses[0].port, 1, UINT16_MAX, &port))
		apache_site_add_probes(server->model, (unsigned)port, &look, ret_probes);
}

static bool is_asked_for(const char *name, const struct webserver_certificates *which)
{
	for (size_t i = 0; which && i < which->names.count; i++)
		if (names_covered_by(name, which->names.items[i]))
			return true;
	return !which;
}

/* Adds looks at the leaf for each name of the host that is asked for. */
static void add_looks_at(struct webserver *server, const struct apache_vhost *vhost,
			 const struct shown_leaf *leaf, const struct webserver_certificates *which,
			 struct probes *ret_probes)
{
	if (vhost->name && is_asked_for(vhost->name, which))
		add_look(server, vhost, vhost->name, leaf, ret_probes);
	for (size_t i = 0; i < vhost->aliases.count; i++)
		if (is_asked_for(vhost->aliases.items[i], which))
			add_look(server, vhost, vhost->aliases.items[i], leaf, ret_probes);
}

static void add_looks(struct webserver *server, const struct apache_vhost *vhost,
		      const struct webserver_certificates *which, struct probes *ret_probes)
{
	AUTO(strvec) struct strvec chains = STRVEC_INIT;
	AUTO(shown_leaves) struct shown_leaves leaves = {.count = 0};

	if (!vhost->enabled || !vhost->tls || vhost->is_macro)
		return;
	list_chains(vhost, &chains);
	leaves = shown_leaves_of(&chains, which);
	for (size_t i = 0; i < leaves.count; i++)
		add_looks_at(server, vhost, &leaves.items[i], which, ret_probes);
}

/* True when some host is for single addresses: which one answers is then another question. */
static bool has_address_hosts(const struct apache_model *model)
{
	for (size_t i = 0; i < apache_model_vhost_count(model); i++) {
		const struct apache_vhost *vhost = apache_model_vhost(model, i);

		if (vhost->enabled && vhost->tls && !is_on_all_addresses(vhost))
			return true;
	}
	return false;
}

/* With hosts for single addresses, which one answers depends on the address of the connection; a
 * wrong expectation would be reported as a failure. */
void apache_site_prove(struct webserver *server, const struct webserver_certificates *which,
		       struct probes *ret_probes)
{
	const struct probe connection = {.body = NULL};
	const struct apache_model *model = server->model;

	apache_site_add_probes(model, webserver_https_port(server), &connection, ret_probes);
	for (size_t i = 0; !has_address_hosts(model) && i < apache_model_vhost_count(model); i++)
		add_looks(server, apache_model_vhost(model, i), which, ret_probes);
}
