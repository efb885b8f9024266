/*
 * What the machines of a fleet share of a lineage besides its certificate: the options that say how
 * it is renewed, and the account. Hooks, webroots, installers and outputs are each machine's own:
 * who can write to the store must not have a command run.
 */
#ifndef APP_FLEET_SHARED_H
#define APP_FLEET_SHARED_H

#include "app/fleet/member.h"
#include "store/lineage/lineage.h"

/* Publishes options and account of a lineage, which has or gets that generation. */
int shared_publish(struct member *member, const struct lineage *lineage, uint64_t generation,
		   struct error *err) WARN_UNUSED;
/* Publishes that a lineage is no longer the fleet's, up to that generation. */
int shared_publish_release(struct member *member, const char *name, uint64_t generation,
			   struct error *err) WARN_UNUSED;
/* True when a record of options (NULL: there is none) says so of a lineage of that generation (0:
 * of any). One that was adopted again has a higher number than its release, which anybody who can
 * write to the store can bring back. */
bool shared_is_released(const struct fleet_record *want, uint64_t generation);
/* Restores published options over those of the settings that nobody has set, and stores the account
 * that they name if it is not here. */
int shared_apply(struct member *member, const char *options, struct settings *settings,
		 struct error *err) WARN_UNUSED;

#endif
