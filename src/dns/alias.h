/*
 * Aliases of challenge names: _acme-challenge.a.example may be a CNAME (or lie below a DNAME) that
 * leads to another zone, maybe of another provider. The record then belongs there. Internal to
 * dns/.
 */
#ifndef DNS_ALIAS_H
#define DNS_ALIAS_H

#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"

struct plugin_host;
struct settings;

/* Replaces each of the (heap) names by where it leads, following at most eight steps. A name that
 * cannot be looked up stays as it is. ERR_CONFIG: aliases in a circle, or a malformed
 * --dns-resolver. ERR_CANCELLED. */
int dns_follow_aliases(const struct plugin_host *host, const struct settings *settings,
		       char **names, size_t count, struct error *err) WARN_UNUSED;

#endif
