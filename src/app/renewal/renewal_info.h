/*
 * Renewal information (RFC 9773): asks the CAs of many lineages when these should be renewed.
 */
#ifndef APP_RENEWAL_RENEWAL_INFO_H
#define APP_RENEWAL_RENEWAL_INFO_H

#include "app/issue/ca.h"
#include "app/renewal/due_item.h"

/* Asks about the items whose last answer is stale and whose certificate has not expired, all in
 * parallel. Windows and Retry-After are saved in their confs. A CA without renewal information, or
 * with an invalid answer, is asked again after six hours. Its only error is ERR_CANCELLED. */
int renewal_info_refresh(struct cas *cas, struct due_item *items, size_t count,
			 struct error *err) WARN_UNUSED;

/* Returns true when the last answer is too old, so that the lineage's CA should be asked. */
bool renewal_info_is_stale(struct lineage *lineage, int64_t now_seconds);

#endif
