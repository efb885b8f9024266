/*
 * Where commands meet the fleet: before they look at what is due, and before and after they order.
 */
#ifndef APP_FLEET_SEAM_H
#define APP_FLEET_SEAM_H

#include "app/issue/issue_request.h"
#include "app/plugins/plugins.h"

/* Takes over what other machines have renewed. Does nothing where no fleet is configured. An error
 * does not keep this machine's own certificates back; it is to be reported. */
int seam_pull(struct plugins *plugins, struct error *err) WARN_UNUSED;
/* Puts fences before those requests whose lineage is in a fleet. One that cannot have a fence gets
 * an error: it must not be renewed by each machine for itself. */
void seam_guard(struct plugins *plugins, struct issue_request *const *requests, size_t count);
/* Takes the fences away again. */
void seam_unguard(struct issue_request *const *requests, size_t count);

#endif
