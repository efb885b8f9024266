/*
 * Finds out by OCSP whether a CA has revoked a certificate, if the certificate names a responder.
 */
#ifndef APP_RENEWAL_REVOCATION_CHECK_H
#define APP_RENEWAL_REVOCATION_CHECK_H

#include "app/renewal/due_item.h"
#include "children/network.h"

/* Marks the items of which a certificate has been revoked as due. A responder is asked at most
 * twice a day per certificate; any failure counts as "not revoked". Its only error is
 * ERR_CANCELLED. */
int revocation_check_refresh(struct network *network, struct due_item *items, size_t count,
			     struct error *err) WARN_UNUSED;
/* Asks about one certificate at once (for `certificates`): that of the lineage, or of what stands
 * for its second key. False on any failure. */
bool revocation_check_now(struct network *network, struct lineage *lineage);

/* Returns true when the last answer is too old, so that the responder should be asked. */
bool revocation_check_is_stale(struct lineage *lineage, int64_t now_seconds);

#endif
