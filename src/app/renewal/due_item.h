/*
 * A lineage that is being checked for renewal: the data that due.h, the CA's renewal information
 * and the revocation check share.
 */
#ifndef APP_RENEWAL_DUE_ITEM_H
#define APP_RENEWAL_DUE_ITEM_H

#include <stdbool.h>

#include "base/error.h"
#include "store/lineage/lineage.h"

struct due_item {
	struct lineage *lineage; /* borrowed */
	int64_t window;          /* --renew-window in seconds; 0: renewals are not spread */
	bool due;
	bool second_only;   /* what is due is the certificate of the second key alone */
	const char *reason; /* static: "its lifetime is two thirds over"; NULL when not due */
	struct error error; /* the lineage's own files are broken */
};

/* Marks the lineage as due for that reason, a static string. */
void due_item_set(struct due_item *item, const char *reason);

#endif
