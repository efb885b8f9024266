/*
 * The state of a lineage while it is being checked (see due_item.h).
 */
#include "app/renewal/due_item.h"

void due_item_set(struct due_item *item, const char *reason)
{
	item->due = true;
	item->reason = reason;
}
