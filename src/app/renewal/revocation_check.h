/*
 * Has a CA revoked a certificate of ours? Asked by OCSP where the certificate names a responder.
 */
#ifndef APP_RENEWAL_REVOCATION_CHECK_H
#define APP_RENEWAL_REVOCATION_CHECK_H

#include "app/app.h"
#include "app/renewal/due_item.h"

/* Marks the items whose certificate was revoked as due. A responder is asked at most twice a day
 * per lineage; any trouble counts as "not revoked". ERR_CANCELLED only. */
int revocation_check_refresh(struct app *app, struct due_item *items, size_t count,
			     struct error *err) WARN_UNUSED;
/* Asks at once about one lineage (for `certificates`); false on any trouble. */
bool revocation_check_now(struct app *app, struct lineage *lineage);

/* True when the responder should be asked: its last answer is too old. */
bool revocation_check_is_stale(struct lineage *lineage, int64_t now_seconds);

#endif
