/*
 * Name servers of zones (see authority.h): NS, then A and AAAA of all of them at once.
 */
#include "dns/query/authority.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/map.h"
#include "base/strvec.h"
#include "dns/query/lookup.h"

enum {
	DNS_PORT = 53,
};

void dns_authority_release(struct dns_authority *authority)
{
	free(authority->zone);
	free(authority->servers);
	*authority = (struct dns_authority){.zone = NULL};
}

static int server_port(void)
{
	const char *text = getenv("CERTBOT_DNS_TEST_PORT");
	int64_t port = DNS_PORT;

	if (text)
		str_to_int64(text, 1, 65535, &port);
	return (int)port;
}

static void add_server(struct dns_authority *authority, const char *address)
{
	AUTO(error) struct error bad = ERROR_INIT;
	struct name_server server;

	if (authority->count == DNS_AUTHORITY_MAX_SERVERS ||
	    name_server_parse(address, DNS_PORT, &server, &bad) < 0)
		return;
	if (name_server_is_loopback(&server))
		name_server_set_port(&server, server_port());
	for (size_t i = 0; i < authority->count; i++)
		if (name_server_equal(&authority->servers[i], &server))
			return;
	ARRAY_GROW(authority->servers, authority->count, authority->capacity);
	authority->servers[authority->count++] = server;
}

/* Takes the addresses of one server name into every zone that has it. */
static void spread_addresses(const struct dns_lookup *lookup, const struct dns_lookup *ns_lookups,
			     struct dns_authority *authorities, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct dns_answer *ns = &ns_lookups[i].answer;
		bool serves = false;

		for (size_t j = 0; j < ns->count; j++)
			serves |= ns->records[j].type == DNS_TYPE_NS &&
				  str_eq_nocase(ns->records[j].value, lookup->name);
		for (size_t j = 0; serves && j < lookup->answer.count; j++)
			if (lookup->answer.records[j].in_answer &&
			    lookup->answer.records[j].type == (int)lookup->type)
				add_server(&authorities[i], lookup->answer.records[j].value);
	}
}

/* The distinct names of servers in the answers. */
static void collect_names(const struct dns_lookup *ns_lookups, size_t count,
			  struct strvec *ret_names)
{
	AUTO(map) struct map seen = MAP_INIT(NULL);

	for (size_t i = 0; i < count; i++) {
		const struct dns_answer *answer = &ns_lookups[i].answer;

		for (size_t j = 0; j < answer->count; j++) {
			const struct dns_answer_record *record = &answer->records[j];

			if (record->type != DNS_TYPE_NS || map_contains(&seen, record->value))
				continue;
			map_set(&seen, record->value, (void *)record);
			strvec_push(ret_names, record->value);
		}
	}
}

static int find_addresses(const struct plugin_host *host, const struct settings *settings,
			  const struct dns_lookup *ns_lookups, struct dns_authority *authorities,
			  size_t count, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	struct dns_lookup *lookups;
	int rc;

	collect_names(ns_lookups, count, &names);
	lookups = xcalloc(2 * names.count + 1, sizeof(struct dns_lookup));
	for (size_t i = 0; i < 2 * names.count; i++)
		lookups[i] = (struct dns_lookup){.name = names.items[i / 2],
						 .type = i % 2 ? DNS_TYPE_AAAA : DNS_TYPE_A};
	rc = dns_lookup_all(host, settings, lookups, 2 * names.count, err);
	for (size_t i = 0; rc == 0 && i < 2 * names.count; i++)
		spread_addresses(&lookups[i], ns_lookups, authorities, count);
	dns_lookups_release(lookups, 2 * names.count);
	free(lookups);
	return rc;
}

int dns_find_authorities(const struct plugin_host *host, const struct settings *settings,
			 struct dns_authority *authorities, size_t count, struct error *err)
{
	AUTO_FREE struct dns_lookup *lookups = xcalloc(count + 1, sizeof(struct dns_lookup));
	int rc;

	for (size_t i = 0; i < count; i++)
		lookups[i] = (struct dns_lookup){.name = authorities[i].zone, .type = DNS_TYPE_NS};
	rc = dns_lookup_all(host, settings, lookups, count, err);
	if (rc == 0)
		rc = find_addresses(host, settings, lookups, authorities, count, err);
	dns_lookups_release(lookups, count);
	return rc;
}
