/*
 * Renewing without the fleet, when the store has been unreachable for so long that a certificate is
 * about to expire.
 */
#ifndef APP_FLEET_OWN_SOLO_H
#define APP_FLEET_OWN_SOLO_H

#include "app/fleet/member/member.h"
#include "store/lineage/lineage.h"

/* Asks port 443 of a name for the certificate that it presents, which the parser's process reads.
 * Whoever answers may be any machine of the fleet, or none of it: nothing is verified. */
int solo_ask_served(struct network *network, const char *name, struct cert_chain *ret_chain,
		    struct error *err) WARN_UNUSED;
/* ERR_REFUSED, with a text that says what happens when, unless it is this machine's turn
 * (--fleet-solo-days). It is not while a newer certificate for the same names is served, but for
 * the last day of the one here. ERR_CANCELLED: a signal. */
int solo_may_renew(struct member *member, struct lineage *lineage, struct error *err) WARN_UNUSED;

#endif
