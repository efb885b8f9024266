/*
 * CAA records of names as a CA looks for them (RFC 8659 section 3): those of the name itself, or
 * else of the nearest ancestor that has some. Internal to dns/ and app/.
 */
#ifndef DNS_QUERY_CAA_OWNERS_H
#define DNS_QUERY_CAA_OWNERS_H

#include "base/error.h"
#include "base/macros.h"
#include "base/map.h"
#include "base/strvec.h"

struct plugin_host;
struct settings;

/* Names and their ancestors -> struct strvec of their records (empty: none). */
#define CAA_OWNERS_INIT MAP_INIT(caa_owners_free_records)

/* Frees the records of one owner; for CAA_OWNERS_INIT. */
void caa_owners_free_records(void *records);

/* Looks up the records of the names (`*.` in front is left out) and of all their ancestors that
 * `owners` lacks. What no resolver could say is missing afterwards. ERR_CONFIG: --dns-resolver is
 * malformed. ERR_CANCELLED. */
int caa_owners_find(const struct plugin_host *host, const struct settings *settings,
		    const struct strvec *names, struct map *owners, struct error *err) WARN_UNUSED;

/* Returns the records that count for a name, borrowed; NULL when there are none, or when one on the
 * way to them is not known: only the CA can say then. */
const struct strvec *caa_owners_records(const struct map *owners, const char *name);

#endif
