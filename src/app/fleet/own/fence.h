/*
 * The fleet's side of a renewal (app/issue/issue_fence.h): the machine of src/fleet decides who
 * renews, what was begun is stored before it is relied on, and what was issued is published before
 * it is used.
 */
#ifndef APP_FLEET_OWN_FENCE_H
#define APP_FLEET_OWN_FENCE_H

#include "app/fleet/member/member.h"
#include "app/issue/issue_request.h"

/* Adds a fence to a request whose lineage is in the fleet; other requests get none. The caller
 * drops it after the request has ended; the member is borrowed until then. */
void fence_put(struct issue_request *request, struct member *member);
/* Drops the fence, if there is one. */
void fence_drop(struct issue_request *request);

#endif
