/*
 * Renewal information (RFC 9773): asking the CAs of many lineages when they want them renewed.
 */
#ifndef APP_RENEWAL_RENEWAL_INFO_H
#define APP_RENEWAL_RENEWAL_INFO_H

#include "app/app.h"
#include "app/renewal/due_item.h"

/* Asks for the items whose last answer is stale and whose certificate has not expired, all in
 * parallel; windows and Retry-After go into their confs, which are saved. A CA without renewal
 * information, or with a broken answer, is asked again after six hours. ERR_CANCELLED only. */
int renewal_info_refresh(struct app *app, struct due_item *items, size_t count,
			 struct error *err) WARN_UNUSED;

/* True when the lineage's CA should be asked: its last answer is too old. */
bool renewal_info_is_stale(struct lineage *lineage, int64_t now_seconds);

#endif
