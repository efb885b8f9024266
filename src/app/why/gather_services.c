/*
 * Where a lineage's services present its certificate, and what was seen there (see gather_parts.h).
 * These are the places that are checked after a deployment: those of --prove, and the sockets that
 * installers know.
 */
#include <string.h>

#include "app/debts/debts.h"
#include "app/debts/served_looks.h"
#include "app/why/gather_parts.h"
#include "base/alloc.h"
#include "base/log.h"
#include "os/file/file.h"
#include "webserver/probe.h"
#include "webserver/proof.h"

enum {
	MAX_CERTIFICATE = 65536,
	FORMER_LEAVES = 5, /* how far back a forgotten server's certificate is recognised */
	/* As a rule, a service presents one certificate for all names of a lineage. Trying a
	 * hundred names at each place would leave no time for anything else. */
	ENOUGH_NAMES = 4,
};

/* NULL for a second key that is not there. */
static char *current_leaf(const struct lineage *lineage)
{
	return lineage ? webserver_leaf(lineage_live_path(lineage, STORE_FULLCHAIN)) : NULL;
}

/* A place of --prove may have either of two keys: it is asked once, as by any client. */
static void add_service(const struct probe *look, const char *second, struct facts *facts)
{
	struct fact_service *service;

	if (facts->service_count == FACTS_MAX_SERVICES ||
	    (look->is_named && second && probe_is_same_pem(look->leaf, second)))
		return;
	service = &facts->services[facts->service_count++];
	*service = (struct fact_service){
		.address = xstrdup(look->address),
		.port = look->port,
		.starttls = look->starttls,
		.proxy_protocol = look->proxy_protocol,
		.host = xstrdup(look->host),
		.is_named = look->is_named,
		.key = look->is_named ? 0 : look->key,
	};
}

static void add_few_names(const struct strvec *names, struct strvec *ret_names)
{
	for (size_t i = 0; i < names->count && ret_names->count < ENOUGH_NAMES; i++)
		strvec_push(ret_names, names->items[i]);
}

/* If a server cannot be asked for its sockets because its configuration is broken, the other facts
 * are still gathered. */
int gather_services(struct plugins *plugins, struct lineage *lineage, struct facts *facts,
		    struct error *err)
{
	AUTO(settings) struct settings *settings = debts_settings(plugins->host.settings, lineage);
	AUTO(served_looks) struct served_looks looks = {.sparse = 1, .is_question = true};
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(error) struct error failed = ERROR_INIT;
	struct served_item item = {lineage, &names, settings};
	struct served_item *items[] = {&item};
	const struct cert *cert = NULL;
	AUTO_FREE char *second = current_leaf(lineage_second_shown(lineage));

	if (lineage_cert(lineage, &cert, &failed) < 0)
		return 0;
	add_few_names(cert_dns_names(cert), &names);
	add_few_names(cert_ip_addresses(cert), &names);
	if (served_looks_gather(plugins, items, ARRAY_LEN(items), &looks, &failed) < 0) {
		if (failed.code == ERR_CANCELLED)
			return error_move(err, &failed);
		log_debug("services are left out: %s", failed.text);
	}
	for (size_t i = 0; i < looks.probes.count; i++)
		add_service(&looks.probes.items[i], second, facts);
	return 0;
}

/* ---- What is shown ---- */

static char *generation_path(const struct lineage *lineage, unsigned version)
{
	return xasprintf("%s/cert%s%u.pem", lineage_archive_dir(lineage), lineage_suffix(lineage),
			 version);
}

static struct cert *read_generation(const struct lineage *lineage, unsigned version)
{
	AUTO_FREE char *path = generation_path(lineage, version);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error gone = ERROR_INIT;
	struct cert *cert = NULL;

	if (file_read(path, MAX_CERTIFICATE, &text, &gone) < 0 ||
	    cert_from_pem(text.text, text.len, &cert, &gone) < 0)
		log_debug("%s is left out: %s", path, gone.text);
	return cert;
}

/* The earlier generation that has this certificate; 0: none. */
static unsigned former_generation(const struct lineage *lineage, const char *leaf)
{
	unsigned current = lineage_current_version(lineage);

	for (unsigned i = 1; i <= FORMER_LEAVES && i < current; i++) {
		AUTO_FREE char *path = generation_path(lineage, current - i);
		AUTO_FREE char *former = webserver_leaf(path);

		if (former && probe_is_same_pem(former, leaf))
			return current - i;
	}
	return 0;
}

static void judge_address(const struct lineage *lineage, const char *name,
			  const struct fact_probe *probe, struct facts *facts)
{
	unsigned version = probe->leaf ? former_generation(lineage, probe->leaf) : 0;
	AUTO_FREE char *socket = NULL;

	if (!version)
		return;
	socket = probe_socket(probe->address, 443);
	facts->lineage.old_leaf = xasprintf("%s at %s shows number %u", name, socket, version);
}

/* Another lineage's certificate at an address of ours does not matter; an earlier one of this
 * lineage does. The first one found is reported. */
static void judge_addresses(const struct lineage *lineage, struct facts *facts)
{
	for (size_t i = 0; i < facts->name_count; i++)
		for (size_t j = 0; j < facts->names[i].probe_count && !facts->lineage.old_leaf; j++)
			judge_address(lineage, facts->names[i].name, &facts->names[i].probes[j],
				      facts);
}

/* The service's certificate is described from our own file, so nothing that a peer sent is parsed.
 * It has been outdated since its successor was issued. */
static void note_former(const struct lineage *lineage, unsigned version,
			struct fact_service *service)
{
	AUTO(cert) struct cert *shown = read_generation(lineage, version);
	AUTO(cert) struct cert *next = read_generation(lineage, version + 1);

	service->shows = SERVICE_SHOWS_FORMER;
	if (shown)
		service->serial = xstrdup(cert_serial_hex(shown));
	if (next)
		service->since = cert_not_before(next);
}

/* False if the certificate is none of the lineage's, as far as is known. */
static bool judge_service(const struct lineage *lineage, struct fact_service *service)
{
	AUTO_FREE char *current = current_leaf(lineage);
	unsigned version;

	if (!current)
		return true;
	if (probe_is_same_pem(service->leaf, current)) {
		service->shows = SERVICE_SHOWS_CURRENT;
		return true;
	}
	version = former_generation(lineage, service->leaf);
	if (version)
		note_former(lineage, version, service);
	return version > 0;
}

/* If a socket is known from a configuration only, another program may be in front of it with a
 * certificate of its own. A place of --prove was said to present this one. */
void gather_judge_services(const struct lineage *lineage, struct facts *facts)
{
	const struct lineage *second = lineage_second_shown(lineage);

	judge_addresses(lineage, facts);
	for (size_t i = 0; i < facts->service_count; i++) {
		struct fact_service *service = &facts->services[i];

		if (service->leaf && !judge_service(lineage, service) &&
		    !(second && judge_service(second, service)) && service->is_named)
			service->shows = SERVICE_SHOWS_ANOTHER;
	}
}
