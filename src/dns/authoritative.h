/*
 * Questions to the servers that are authoritative for a name. Internal to dns/ and app/.
 *
 * A resolver that is asked for a record before it exists keeps NXDOMAIN in its cache, and a CA that
 * uses the same resolver then never sees the record. So what is about to be added is looked for at
 * the zone's own servers; resolvers are only asked for zones, which exist.
 */
#ifndef DNS_AUTHORITATIVE_H
#define DNS_AUTHORITATIVE_H

#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "dns/lookup.h"

/* Asks all of them at once. A lookup gets an error when none of the servers could be found or
 * reached. `ret_zones`, when not NULL, gets the zone that each of the names is in, heap, or NULL
 * where it is not known. ERR_CONFIG: --dns-resolver is malformed. ERR_CANCELLED. */
int dns_lookup_authoritative(const struct plugin_host *host, const struct settings *settings,
			     struct dns_lookup *lookups, size_t count, char **ret_zones,
			     struct error *err) WARN_UNUSED;

#endif
