/*
 * Runs the deploy hooks of one lineage and records those that failed: each `renew` runs them again
 * until they succeed.
 */
#ifndef APP_RENEWAL_DEPLOY_HOOKS_H
#define APP_RENEWAL_DEPLOY_HOOKS_H

#include "app/debts/hooks.h"
#include "store/lineage/lineage.h"

/* Runs the deploy hooks of the settings for the lineage and its names, and records in its conf
 * whether they must still be run (not in a dry run). They wait while outputs are owed. A failing
 * hook is reported, but is not an error here. ERR_CANCELLED, or the conf could not be written. */
int deploy_hooks_run(struct hooks *hooks, const struct settings *settings, struct lineage *lineage,
		     const struct strvec *names, struct error *err) WARN_UNUSED;

#endif
