/*
 * Aliases of challenge names: _acme-challenge.a.example may be a CNAME (or lie below a DNAME) that
 * leads to another zone, maybe of another provider. The record then belongs there. Internal to
 * dns/.
 */
#ifndef DNS_ALIAS_H
#define DNS_ALIAS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"

struct plugin_host;
struct settings;

/* The name of a challenge's record, and what has become of it. */
struct dns_alias {
	char *name;         /* heap; replaced by where it leads */
	char *zone;         /* heap; that DNS says it is in, or NULL */
	bool is_open;       /* to be followed from where it is */
	bool is_unsure;     /* open, as the name servers of its zone cannot be asked */
	int steps;          /* that it has been followed */
	struct error error; /* ERR_CONFIG: it goes in a circle */
};

/* Follows those that are open to their ends, asking the name servers of each zone (see
 * authoritative.h). ERR_CONFIG: a malformed --dns-resolver. ERR_CANCELLED. */
int dns_follow_aliases(const struct plugin_host *host, const struct settings *settings,
		       struct dns_alias *aliases, size_t count, struct error *err) WARN_UNUSED;
/* Follows those that are unsure one step, asking the resolvers: the records of those that are not
 * aliases should exist by now. Returns how many have moved; they are open and no longer unsure.
 * Same errors. */
int dns_follow_unsure_aliases(const struct plugin_host *host, const struct settings *settings,
			      struct dns_alias *aliases, size_t count,
			      struct error *err) WARN_UNUSED;

#endif
