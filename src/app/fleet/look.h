/*
 * A look at what the fleet has of a lineage, for `why`.
 */
#ifndef APP_FLEET_LOOK_H
#define APP_FLEET_LOOK_H

#include "app/fleet/member/member.h"
#include "fleet/view.h"

/* Fills in what is known without the store and, if `asks`, what the store says; a store that was
 * silent in this run is not asked again. Whatever fails is in the view. */
void look_at_lineage(struct network *network, const char *name, bool asks,
		     struct fleet_view *ret_view);

#endif
