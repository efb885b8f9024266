/*
 * The generations in archive/: adds one, deploys the newest, removes old ones.
 */
#ifndef STORE_LINEAGE_LINEAGE_GENERATION_H
#define STORE_LINEAGE_LINEAGE_GENERATION_H

#include <stdbool.h>

#include "store/lineage/lineage.h"

/* A cheap test whether lineage_deploy() may have something to do: is there a generation newer than
 * the current one, perhaps still in drafts, or do the links point to files of different
 * generations? */
bool lineage_has_pending(const struct lineage *lineage);
/* Adds generation N+1 and writes the conf (as changed through lineage_conf()); live/ still points
 * to the old one. The key gets mode and group of the previous key. ERR_REFUSED when the key does
 * not match the certificate. */
int lineage_add_generation(struct lineage *lineage, const struct lineage_generation *generation,
			   struct error *err) WARN_UNUSED;
enum lineage_deploy_flags {
	LINEAGE_ALLOW_OLDER = 1 << 0, /* for what was issued in this run */
};
struct lineage_deployment {
	unsigned flags;
	/* Records in the conf what the change of live/ obliges us to do (`debts`). The conf is
	 * saved before the links change. Required for a switch. */
	void (*note)(const void *debts, struct ini *conf);
	const void *debts;
	bool switched; /* result: the links were changed */
};
/* Switches all four links to the newest complete generation in one step, also if they do not point
 * to a complete one now. First completes a generation whose files a crash left as drafts.
 * ERR_REFUSED when its files cannot be read or do not belong together, or when it expires before
 * the current one (LINEAGE_ALLOW_OLDER overrides that). */
int lineage_deploy(struct lineage *lineage, struct lineage_deployment *deployment,
		   struct error *err) WARN_UNUSED;
/* Switches all four links to that generation, which is older or newer than the one shown. Newer
 * ones are passed over from then on, until one is added. ERR_REFUSED as for lineage_deploy(). */
int lineage_show(struct lineage *lineage, unsigned version, struct lineage_deployment *deployment,
		 struct error *err) WARN_UNUSED;
/* Removes generations older than current - 5. Failures are only logged (log_debug). */
void lineage_prune(struct lineage *lineage);

/* ---- Used by store/ only ---- */

/* Chooses the number under which a generation would be stored. ERR_EXISTS when it is of the second
 * key alone and cannot be. */
int lineage_choose_version(const struct lineage *lineage,
			   const struct lineage_generation *generation, unsigned *ret_version,
			   struct error *err) WARN_UNUSED;
/* ERR_REFUSED unless the key matches the certificate. */
int lineage_check_generation(const struct lineage_generation *generation,
			     struct error *err) WARN_UNUSED;

#endif
