/*
 * What the machines of a fleet share of a lineage besides its certificate: the options that say how
 * it is renewed, and the account. Hooks, webroots, installers and outputs are each machine's own:
 * who can write to the store must not have a command run.
 */
#ifndef APP_FLEET_SHARED_H
#define APP_FLEET_SHARED_H

#include "app/fleet/member.h"
#include "store/lineage/lineage.h"

/* Publishes options and account of a lineage. */
int shared_publish(struct member *member, const struct lineage *lineage,
		   struct error *err) WARN_UNUSED;
/* Publishes that a lineage is no longer the fleet's. */
int shared_publish_release(struct member *member, const char *name, struct error *err) WARN_UNUSED;
/* True when these options, as published, say so. */
bool shared_is_released(const char *options);
/* Restores published options over those of the settings that nobody has set, and stores the account
 * that they name if it is not here. */
int shared_apply(struct member *member, const char *options, struct settings *settings,
		 struct error *err) WARN_UNUSED;

#endif
