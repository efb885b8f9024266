/*
 * When a certificate is due for renewal.
 *
 * Decided in two steps, so that thousands of lineages cost little when there is nothing to ask:
 * first from the files on disk, then (for lineages whose last answer is stale) from the CA's
 * renewal information and OCSP, all in parallel.
 */
#ifndef APP_RENEWAL_DUE_H
#define APP_RENEWAL_DUE_H

#include "app/issue/ca.h"
#include "app/renewal/due_item.h"

/* Returns true when due_check_batch() would ask a CA or a responder about the lineage. */
bool due_has_questions(struct lineage *lineage, int64_t now_seconds);
/* Fills in `due` of an item (unless it is set) from the files on disk and the last recorded
 * answers. */
void due_decide(int64_t now, struct due_item *item);
/* Fills in `due` of all items. A network failure is logged and counts as no answer. Answers are
 * recorded in the renewal confs. Its only error is ERR_CANCELLED. */
int due_check_batch(struct cas *cas, struct due_item *items, size_t count,
		    struct error *err) WARN_UNUSED;
/* Does the same for one lineage; unreadable files of the lineage are an error. */
int due_check(struct cas *cas, struct lineage *lineage, struct due_item *ret_item,
	      struct error *err) WARN_UNUSED;

#endif
