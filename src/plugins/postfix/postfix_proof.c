/*
 * What a client of the running Postfix must be shown: on the port of each service that runs smtpd,
 * for each name whose certificate changed.
 */
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "confedit/postfix/main_cf.h"
#include "plugins/postfix/postfix_site.h"
#include "webserver/looks.h"

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

/* The chain that Postfix shows for a name, which the caller frees: the one in our map, or the
 * default. NULL when a map of the administrator's may have the name. */
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

/* The value of a parameter for a service, which the caller frees: its own or that of main.cf. */
static char *value_for(const struct webserver *server, const char *service, const char *name)
{
	char *own = master_cf_get(texts_span(server, MASTER_CF), service, name);

	return own ? own : main_cf_get(texts_span(server, MAIN_CF), name);
}

/* Postfix accepts "yes" and "no" in any case; a value taken from another parameter counts as
 * off. */
static bool is_on(const struct webserver *server, const char *service, const char *name)
{
	AUTO_FREE char *value = value_for(server, service, name);

	return value && strcasecmp(value, "yes") == 0;
}

/* True when a service has TLS (smtpd(8)). A level that is taken from another parameter counts as
 * unknown. */
static bool has_tls(const struct webserver *server, const char *service,
		    enum starttls *ret_starttls)
{
	AUTO_FREE char *level = value_for(server, service, "smtpd_tls_security_level");

	*ret_starttls = STARTTLS_SMTP;
	if (is_on(server, service, "smtpd_tls_wrappermode")) {
		*ret_starttls = STARTTLS_NONE;
		return true;
	}
	if (level && level[0])
		return strcmp(level, "none") != 0 && !strchr(level, '$');
	return is_on(server, service, "smtpd_use_tls") ||
	       is_on(server, service, "smtpd_enforce_tls");
}

/* "smtp", "192.0.2.1:submission", "[::1]:10025" */
static void add_service_socket(const struct webserver *server, const char *service,
			       enum starttls starttls, struct probes *ret_sockets)
{
	const char *colon = strrchr(service, ':');
	AUTO_FREE char *host = xstrndup(service, colon ? (size_t)(colon - service) : 0);
	AUTO_FREE char *address = host[0] ? looks_address(host, AF_UNSPEC)
					  : xstrdup(postfix_site_of(server)->address);
	struct probe probe = {.address = address, .starttls = starttls};

	probe.port = looks_smtp_port(colon ? colon + 1 : service);
	if (probe.port)
		probes_add(ret_sockets, &probe);
}

/* A service that sets its certificate itself, or has no TLS, must accept connections, but is not
 * looked at. */
static void add_service_sockets(const struct webserver *server, struct looks *looks)
{
	AUTO(strvec) struct strvec services = STRVEC_INIT;
	AUTO(strvec) struct strvec other = STRVEC_INIT;

	postfix_list_overriding(server, &other);
	master_cf_smtpd(texts_span(server, MASTER_CF), &services);
	for (size_t i = 0; i < services.count; i++) {
		const char *service = services.items[i];
		enum starttls starttls;
		bool is_shown = has_tls(server, service, &starttls) &&
				!strvec_contains(&other, service);

		add_service_socket(server, service, starttls,
				   is_shown ? &looks->sockets : looks->probes);
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
