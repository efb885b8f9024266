/*
 * Questions to the servers that are authoritative for a name. Internal to dns/ and app/.
 *
 * A resolver that is asked for a record before it exists caches NXDOMAIN, and a CA that uses the
 * same resolver does not see the record. So records that are about to be added are looked up at the
 * zone's own servers; resolvers are only asked about zones, which exist.
 */
#ifndef DNS_QUERY_AUTHORITATIVE_H
#define DNS_QUERY_AUTHORITATIVE_H

#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "dns/query/lookup.h"

/* Asks all of them at once. A lookup gets an error when none of the servers could be found or
 * reached. `ret_zones`, if not NULL, receives the zone of each name (heap), or NULL where it is
 * unknown. ERR_CONFIG: --dns-resolver is malformed. ERR_CANCELLED. */
int dns_lookup_authoritative(const struct plugin_host *host, const struct settings *settings,
			     struct dns_lookup *lookups, size_t count, char **ret_zones,
			     struct error *err) WARN_UNUSED;

#endif
