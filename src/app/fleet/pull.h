/*
 * Taking over what other machines of the fleet have published since the last run, and publishing
 * what the store has lost.
 */
#ifndef APP_FLEET_PULL_H
#define APP_FLEET_PULL_H

#include "app/fleet/member.h"
#include "app/plugins/plugins.h"

struct pulled {
	size_t taken; /* certificates that are new here */
	size_t failed;
};

/* Asks what there is: one read if that is nothing new. Certificates are stored like those that are
 * issued here, with hooks, outputs and reloads owed, which `renew` then pays; those of lineages
 * that are not here become new ones. One that fails is a warning, and does not keep the others
 * back. ERR_NETWORK: the store does not answer; ERR_CANCELLED. */
int pull_run(struct plugins *plugins, struct member *member, struct pulled *ret_pulled,
	     struct error *err) WARN_UNUSED;
/* Publishes a lineage that has a number, and is perhaps not in the store yet. */
int pull_lineage(struct plugins *plugins, struct member *member, const char *name,
		 struct error *err) WARN_UNUSED;

#endif
