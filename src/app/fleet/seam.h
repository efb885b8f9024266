/*
 * Where commands meet the fleet: before they look at what is due, and before and after they order.
 */
#ifndef APP_FLEET_SEAM_H
#define APP_FLEET_SEAM_H

#include "app/issue/issue_request.h"
#include "instances/plugins.h"

/* Takes over what other machines have renewed. Does nothing if no fleet is configured. The caller
 * reports an error, but must go on with this machine's own certificates. */
int seam_pull(struct plugins *plugins, struct error *err) WARN_UNUSED;
/* Before and after the key of an account is changed: takes over the newest keys of the fleet's
 * accounts, and publishes those that this machine has given them. Until that has been done, each
 * pull of this machine tries it. Does nothing if this machine is in no fleet. */
int seam_settle_accounts(struct plugins *plugins, struct error *err) WARN_UNUSED;
/* Adds fences to those requests whose lineage is in a fleet. If that fails, the request gets an
 * error: machines must not renew such a lineage independently of each other. */
void seam_guard(struct plugins *plugins, struct issue_request *const *requests, size_t count);
/* Drops the fences. */
void seam_unguard(struct issue_request *const *requests, size_t count);

#endif
