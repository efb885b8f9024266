/*
 * Renewing without the fleet, when the store has been unreachable for so long that a certificate is
 * about to expire.
 */
#ifndef APP_FLEET_SOLO_H
#define APP_FLEET_SOLO_H

#include "app/fleet/member.h"
#include "store/lineage/lineage.h"

/* ERR_REFUSED, with a text that says what happens when, unless it is this machine's turn
 * (--fleet-solo-days). */
int solo_may_renew(const struct member *member, struct lineage *lineage,
		   struct error *err) WARN_UNUSED;

#endif
