/*
 * Creates lineages together: instead of a dozen syncs for each, there are five for all.
 */
#ifndef STORE_LINEAGE_LINEAGE_PAGE_H
#define STORE_LINEAGE_LINEAGE_PAGE_H

#include "store/lineage/lineage.h"

/* One of them. */
struct lineage_creation {
	struct lineage *lineage; /* from lineage_begin(), not reserved; borrowed, as the next */
	const struct lineage_generation *generation;
	struct error error; /* result: why it was not created */
};

/* Creates lineages of one config directory, with different names, as lineage_create() does each. A
 * failure of one is its own, and takes it back but for the key. ERR_IO: nothing could be made
 * durable. Then, as after a crash at any point, lineage_recover() completes or removes them. */
int lineage_create_page(struct lineage_creation *creations, size_t count,
			struct error *err) WARN_UNUSED;

#endif
