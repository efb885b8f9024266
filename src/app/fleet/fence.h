/*
 * The fleet's side of a renewal (app/issue/issue_fence.h): the machine of src/fleet decides who
 * renews, what was begun is stored before it is relied on, and what was issued is published before
 * it is used.
 */
#ifndef APP_FLEET_FENCE_H
#define APP_FLEET_FENCE_H

#include "app/fleet/member.h"
#include "app/issue/issue_request.h"

/* Puts a fence before a request whose lineage is in the fleet. The caller drops it after the
 * request has ended; the member is borrowed until then. Others get none. */
void fence_put(struct issue_request *request, struct member *member);
/* Takes it away again, if there is one. */
void fence_drop(struct issue_request *request);

#endif
