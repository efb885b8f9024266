/*
 * Reads the generations of many lineages at once. Used by pull.c, for lineages that this machine
 * does not have.
 */
#ifndef APP_FLEET_PULL_BULK_H
#define APP_FLEET_PULL_BULK_H

#include "app/fleet/member/member.h"
#include "base/map.h"

/* A page: so many that syncing it takes little of each one's time, and no more than fit into
 * 20 MB. */
enum { BULK_SIZE = 512 };

struct bulk_item {
	const char *name; /* borrowed, as the head */
	const struct fleet_record *head;
	struct fleet_record generation; /* its kind is 0 if it cannot be used */
};

struct bulk {
	struct bulk_item items[BULK_SIZE];
	size_t count;
	struct map chains; /* those read so far: name -> struct fleet_record */
};

#define BULK_INIT                                                                                  \
	{                                                                                          \
		.chains = MAP_INIT(fleet_record_free)                                              \
	}

/* Frees everything. */
void bulk_release(struct bulk *bulk);
DEFINE_AUTO(bulk, bulk_release);
/* Begins another page; the chains are kept. */
void bulk_clear(struct bulk *bulk);
/* Adds the head of a lineage; there must be less than BULK_SIZE. */
void bulk_add(struct bulk *bulk, const char *name, const struct fleet_record *head);
/* Reads the generations that the heads name. One that is missing or cannot be trusted stays empty,
 * and the others are read. ERR_NETWORK, ERR_REFUSED, ERR_IO: the store did not answer. */
int bulk_read(struct bulk *bulk, struct member *member, struct error *err) WARN_UNUSED;

#endif
