/*
 * Creates lineages of the fleet that this machine does not have, many together.
 */
#ifndef APP_FLEET_PULL_NEWCOMERS_H
#define APP_FLEET_PULL_NEWCOMERS_H

#include "app/fleet/member/member.h"
#include "base/map.h"
#include "instances/plugins.h"

/* One of them. */
struct newcomer {
	const char *name;                      /* borrowed, as the next */
	const struct fleet_record *generation; /* with its chain */
	const struct fleet_record *want;       /* its options; NULL: the fleet has none */
	struct error error;                    /* result: why it was not created */
};

struct newcomers {
	struct plugins *plugins;
	struct member *member;
	struct map settings; /* by the options that many have in common; the owner releases it */
};

/* Frees settings in a map. */
void newcomers_free_settings(void *settings);
/* Creates them. ERR_IO as of commit_new_page(). */
int newcomers_create(struct newcomers *newcomers, struct newcomer *items, size_t count,
		     struct error *err) WARN_UNUSED;

#endif
