/*
 * When is a certificate due for renewal (spec: flows.md 12)?
 *
 * Decided in two steps, so that thousands of lineages cost nothing when there is nothing to ask:
 * what the disk says, then (for those whose last answer is stale) the CA's renewal information and
 * OCSP, all in parallel.
 */
#ifndef APP_RENEWAL_DUE_H
#define APP_RENEWAL_DUE_H

#include "app/app.h"
#include "app/renewal/due_item.h"

/* True when due_check_batch() would ask somebody about the lineage. */
bool due_has_questions(const struct app *app, struct lineage *lineage);
/* Fills `due` of an item (unless it is set) from what the disk says: the last answers count. */
void due_decide(const struct app *app, struct due_item *item);
/* Fills `due` of all items. What goes wrong on the network counts as no answer and is logged.
 * Answers are remembered in the renewal confs. ERR_CANCELLED only. */
int due_check_batch(struct app *app, struct due_item *items, size_t count,
		    struct error *err) WARN_UNUSED;
/* The same for one lineage; its broken files are the error. */
int due_check(struct app *app, struct lineage *lineage, bool *ret_due,
	      struct error *err) WARN_UNUSED;

#endif
