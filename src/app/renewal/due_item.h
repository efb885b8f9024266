/*
 * A lineage whose time for renewal is to be found out: what due.h, the CA's renewal information and
 * the revocation check pass on to each other.
 */
#ifndef APP_RENEWAL_DUE_ITEM_H
#define APP_RENEWAL_DUE_ITEM_H

#include <stdbool.h>

#include "base/error.h"
#include "store/lineage.h"

struct due_item {
	struct lineage *lineage; /* borrowed */
	bool due;
	const char *reason; /* static: "its lifetime is two thirds over"; NULL when not due */
	struct error error; /* the lineage's own files are broken */
};

/* The lineage is due, for that reason (static). */
void due_item_set(struct due_item *item, const char *reason);
/* True when the lineage's conf says autorenew = False. */
bool due_item_is_switched_off(const struct lineage *lineage);

#endif
