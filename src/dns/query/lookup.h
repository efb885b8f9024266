/*
 * Questions to resolvers: those of --dns-resolver (addresses, or https:// URLs for DNS over HTTPS,
 * RFC 8484), or else the system's. Internal to dns/ and app/.
 */
#ifndef DNS_QUERY_LOOKUP_H
#define DNS_QUERY_LOOKUP_H

#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "net/dns/dns_answer.h"

struct plugin_host;
struct settings;

struct dns_lookup {
	const char *name;
	enum dns_type type;
	/* Results. */
	struct dns_answer answer;
	struct error error; /* no resolver gave an answer: network trouble, SERVFAIL, REFUSED */
};

/* Frees the results of `count` lookups; the array is the caller's. */
void dns_lookups_release(struct dns_lookup *lookups, size_t count);

/* Asks all questions at once; if one resolver does not answer, the next is asked. A name that does
 * not exist gives an answer without records. ERR_CONFIG: --dns-resolver is malformed.
 * ERR_CANCELLED. */
int dns_lookup_all(const struct plugin_host *host, const struct settings *settings,
		   struct dns_lookup *lookups, size_t count, struct error *err) WARN_UNUSED;

#endif
