/*
 * Lasting validation records, dns-persist-01 (draft-ietf-acme-dns-persist): the plugin that
 * validates with them, which changes nothing, and checking what DNS has.
 */
#ifndef DNS_CHALLENGE_PERSIST_H
#define DNS_CHALLENGE_PERSIST_H

#include <stdint.h>

#include "plugin/plugin.h"

extern const struct plugin dns_persist_plugin;

enum dns_persist_state {
	PERSIST_IN_PLACE,
	PERSIST_MISSING,   /* no record names this CA and account */
	PERSIST_NOT_BELOW, /* it does not cover wildcards */
	PERSIST_EXPIRED,
	PERSIST_UNKNOWN, /* the name could not be looked up */
};

struct dns_persist_status {
	enum dns_persist_state state;
	int64_t until; /* Unix seconds when it ends, or ended; 0: never */
};

/* Compares a record's value with the one that is wanted; anything but IN_PLACE, NOT_BELOW and
 * EXPIRED is MISSING. Unknown parameters do not matter (RFC 8659 section 4.2). */
struct dns_persist_status dns_persist_compare(const char *value, const char *wanted,
					      int64_t now_seconds);
/* Looks `name` up and takes the best of its records. ERR_CONFIG: bad --dns-resolver.
 * ERR_CANCELLED. */
int dns_persist_look(const struct plugin_host *host, const struct settings *settings,
		     const char *name, const char *wanted, struct dns_persist_status *ret_status,
		     struct error *err) WARN_UNUSED;
/* Returns a sentence about what is wrong or will be soon ("... expires on 2026-02-03"), heap; NULL:
 * nothing is. */
char *dns_persist_complaint(const struct dns_persist_status *status, const char *name,
			    int64_t now_seconds);

#endif
