/*
 * Aliases of challenge names: _acme-challenge.a.example may be a CNAME (or be below a DNAME) that
 * leads to another zone, possibly at another provider. The record must then be made there. Internal
 * to dns/.
 */
#ifndef DNS_CHALLENGE_ALIAS_H
#define DNS_CHALLENGE_ALIAS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"

struct plugin_host;
struct settings;

/* The name of a challenge's record, and how far it has been followed. */
struct dns_alias {
	char *name;         /* heap; replaced by the target of each alias */
	char *zone;         /* heap; the zone it is in according to DNS, or NULL */
	bool is_open;       /* has not been followed to its end */
	bool is_unsure;     /* open because the name servers of its zone cannot be reached */
	int steps;          /* aliases followed so far */
	struct error error; /* ERR_CONFIG: the aliases form a loop */
};

/* Follows all open aliases to their ends by asking the name servers of each zone (see
 * authoritative.h). ERR_CONFIG: --dns-resolver is malformed. ERR_CANCELLED. */
int dns_follow_aliases(const struct plugin_host *host, const struct settings *settings,
		       struct dns_alias *aliases, size_t count, struct error *err) WARN_UNUSED;
/* Follows the unsure aliases one step by asking the resolvers; by now the records of names that are
 * not aliases should exist. Returns how many have moved; these are open and no longer unsure.
 * Errors as for dns_follow_aliases(). */
int dns_follow_unsure_aliases(const struct plugin_host *host, const struct settings *settings,
			      struct dns_alias *aliases, size_t count,
			      struct error *err) WARN_UNUSED;

#endif
