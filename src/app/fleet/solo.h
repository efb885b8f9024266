/*
 * Renewing without the fleet: the store has been away for so long that a certificate is about to
 * expire.
 */
#ifndef APP_FLEET_SOLO_H
#define APP_FLEET_SOLO_H

#include "app/fleet/member.h"
#include "store/lineage/lineage.h"

/* ERR_REFUSED, with what happens when, unless this machine's turn has come (--fleet-solo-days). */
int solo_may_renew(const struct member *member, struct lineage *lineage,
		   struct error *err) WARN_UNUSED;

#endif
