/*
 * What a client of the running Postfix must be shown: on the port of each service that runs smtpd,
 * for each name whose certificate changed.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/postfix/main_cf.h"
#include "plugins/postfix/postfix_site.h"
#include "webserver/looks.h"

#define SMTPS_PORT 465

/* The port of a service of master.cf, or 0. */
static unsigned port_of(const char *service)
{
	const char *colon = strrchr(service, ':');

	return looks_smtp_port(colon ? colon + 1 : service);
}

/* The chain file of the line of the map for that pattern, which the caller frees, or NULL. */
static char *mapped_chain(const struct webserver *server, const char *pattern)
{
	struct span rest = texts_span(server, SNI_MAP), line;

	while (span_take_line(&rest, &line)) {
		struct span fields = line, first, key;

		if (span_take_until(&fields, ' ', &first) && span_eq(first, pattern) &&
		    span_take_until(&fields, ',', &key))
			return span_dup(span_trim(fields));
	}
	return NULL;
}

static bool has_foreign_maps(const struct webserver *server)
{
	AUTO_FREE char *ours = xasprintf("texthash:%s", texts_at(server, SNI_MAP)->path);
	AUTO_FREE char *maps = main_cf_get(texts_span(server, MAIN_CF), "tls_server_sni_maps");

	return maps && maps[0] && strcmp(maps, ours) != 0;
}

/* The chain that Postfix shows for a name, which the caller frees: that of our map, else the
 * default one. NULL when a map of the administrator's may have the name. */
static char *shown_chain(const struct webserver *server, const char *name)
{
	const char *parent = strchr(name, '.');
	char *chain = mapped_chain(server, name);

	if (!chain && parent)
		chain = mapped_chain(server, parent);
	if (!chain && !has_foreign_maps(server))
		chain = postfix_default_chain(server);
	return chain;
}

static void add_service_socket(const char *service, bool is_wrapped, struct probes *ret_sockets)
{
	char address[] = "127.0.0.1";
	struct probe probe = {.address = address, .port = port_of(service)};

	probe.starttls = is_wrapped || probe.port == SMTPS_PORT ? STARTTLS_NONE : STARTTLS_SMTP;
	if (probe.port)
		probes_add(ret_sockets, &probe);
}

/* A service that sets its certificate itself must accept connections, but is not looked at. */
static void add_service_sockets(const struct webserver *server, struct looks *looks)
{
	AUTO(strvec) struct strvec services = STRVEC_INIT;
	AUTO(strvec) struct strvec wrapped = STRVEC_INIT;
	AUTO(strvec) struct strvec other = STRVEC_INIT;

	postfix_list_overriding(server, &other);
	master_cf_smtpd(texts_span(server, MASTER_CF), &services);
	master_cf_overriding(texts_span(server, MASTER_CF), "smtpd_tls_wrappermode", &wrapped);
	for (size_t i = 0; i < services.count; i++) {
		const char *service = services.items[i];

		add_service_socket(service, strvec_contains(&wrapped, service),
				   strvec_contains(&other, service) ? looks->probes
								    : &looks->sockets);
	}
}

void postfix_prove(struct webserver *server, const struct webserver_certificates *which,
		   struct probes *ret_probes)
{
	const struct strvec *asked = which ? &which->names : &postfix_site_of(server)->names;
	AUTO(looks) struct looks looks = looks_make(which, ret_probes);

	add_service_sockets(server, &looks);
	looks_connect(&looks);
	for (size_t i = 0; i < asked->count; i++) {
		AUTO(strvec) struct strvec name = STRVEC_INIT;
		AUTO_FREE char *chain = shown_chain(server, asked->items[i]);

		strvec_push(&name, asked->items[i]);
		if (chain)
			looks_add(&looks, chain, &name);
	}
}
