/*
 * Which lineage of a run has which directories, so that confs that share files are renewed once. A
 * run keeps two directories for each of a hundred thousand lineages: hence a table of bare numbers.
 */
#ifndef APP_RENEWAL_CLAIMS_H
#define APP_RENEWAL_CLAIMS_H

#include <stddef.h>

#include "base/macros.h"
#include "store/lineage/lineage_sharing.h"

struct claim {
	struct store_id id;
	const char *owner; /* borrowed; NULL: the slot is free */
};

struct claims {
	struct claim *slots; /* open addressing */
	size_t slot_count, count;
};

#define CLAIMS_INIT                                                                                \
	{                                                                                          \
		.slots = NULL                                                                      \
	}

/* Forgets all claims; the table is empty and usable afterwards. */
void claims_release(struct claims *claims);

/* Claims directories for an owner, a name that outlives the table, unless one of them is another's.
 * Returns whose they are now. */
const char *claims_take(struct claims *claims, const struct store_id *ids, size_t count,
			const char *owner);

#endif
