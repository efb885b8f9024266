/*
 * Takes over what other machines of the fleet have published since the last run, and publishes what
 * the store has lost.
 */
#ifndef APP_FLEET_PULL_PULL_H
#define APP_FLEET_PULL_PULL_H

#include "app/fleet/member/member.h"
#include "instances/plugins.h"

struct pulled {
	size_t taken; /* certificates that this machine did not have yet */
	size_t failed;
};

/* Asks for news, which takes a single read if there are none. Certificates are stored like those
 * issued here: the hooks, outputs and reloads that they make necessary are recorded, and `renew`
 * carries them out. Unknown lineages are created. A certificate that fails is only a warning, so
 * that the others are taken over. ERR_NETWORK: the store does not answer; ERR_CANCELLED. */
int pull_run(struct plugins *plugins, struct member *member, struct pulled *ret_pulled,
	     struct error *err) WARN_UNUSED;
/* Tells whether this machine has seen all that the store has, by that one read. */
int pull_is_current(struct member *member, bool *ret_is_current, struct error *err) WARN_UNUSED;
/* How many certificates were taken over here, by all runs; `state` is fleet/state. */
int64_t pull_count_taken(const struct ini *state);
/* Publishes a lineage that has a number and may be missing from the store. */
int pull_lineage(struct plugins *plugins, struct member *member, const char *name,
		 struct error *err) WARN_UNUSED;

#endif
