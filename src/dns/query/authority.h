/*
 * The name servers of a zone. Internal to dns/.
 */
#ifndef DNS_QUERY_AUTHORITY_H
#define DNS_QUERY_AUTHORITY_H

#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "net/dns/name_server.h"

struct plugin_host;
struct settings;

#define DNS_AUTHORITY_MAX_SERVERS 16

/* A zone and the addresses of its servers, at most DNS_AUTHORITY_MAX_SERVERS; none when they cannot
 * be found. */
struct dns_authority {
	char *zone;
	struct name_server *servers;
	size_t count, capacity;
};

/* Frees the members; the struct itself is the caller's. */
void dns_authority_release(struct dns_authority *authority);

/* Looks up the servers of all zones. ERR_CANCELLED, ERR_CONFIG.
 *
 * Tests run name servers on ports of their own: a server whose address is of the loopback network
 * is asked on the port CERTBOT_DNS_TEST_PORT, when the environment has that. */
int dns_find_authorities(const struct plugin_host *host, const struct settings *settings,
			 struct dns_authority *authorities, size_t count,
			 struct error *err) WARN_UNUSED;

#endif
