/*
 * A fleet in one process: a store in memory that knows leases, and machines that are members of
 * it by the same key. All see the same clock, which runs ahead when one of them waits.
 */
#ifndef TESTS_APP_FLEET_FLEET_STORE_H
#define TESTS_APP_FLEET_FLEET_STORE_H

#include "app/fleet/member/member.h"
#include "os/clock.h"

enum { MAX_PAIRS = 32, MAX_LEASES = 16 };

struct fleet_store {
	struct fleet_engine engine;
	struct {
		char *key;
		struct strbuf value;
		uint64_t lease;
	} pairs[MAX_PAIRS];
	size_t count;
	uint64_t leases[MAX_LEASES];
	size_t lease_count;
	size_t range_asks;
	bool repeats_page; /* answers each ask for a page with the first one */
	bool is_away, is_full;
	size_t writes;   /* how many were asked for */
	size_t fails_at; /* the store is away from the write of that number on; 0: never */
	/* What another machine does just before the next write; NULL: nothing. */
	void (*meanwhile)(struct fleet_store *store);
	int64_t now_ms;
	uint64_t drawn;
	struct secret key;
	struct clock clock;
};

/* Makes it empty, and empties it. */
void store_begin(struct fleet_store *store);
void store_end(struct fleet_store *store);

/* The place of a key; `count` if it is not there. */
size_t store_find(const struct fleet_store *store, const char *key);
/* Writes a value, as anybody can who reaches the store; lease 0: it stays. */
void store_put(struct fleet_store *store, const char *key, struct span value, uint64_t lease);
/* Removes a key that is there. */
void store_remove(struct fleet_store *store, const char *key);
/* What a minute without its process does to a lease. */
void store_end_lease(struct fleet_store *store, uint64_t lease);
/* A machine; member_free() ends it. The network's clock becomes the store's. */
struct member *store_join(struct fleet_store *store, struct network *network,
			  const struct settings *settings, const char *name) WARN_UNUSED;

#endif
