/*
 * Deploy hooks of one lineage, and the memory of those that failed: until they have succeeded, each
 * `renew` runs them again.
 */
#ifndef APP_RENEWAL_DEPLOY_HOOKS_H
#define APP_RENEWAL_DEPLOY_HOOKS_H

#include "app/app.h"
#include "store/lineage.h"

/* Runs the deploy hooks of the settings for the lineage and its names, and notes in its conf
 * whether they are still owed; a rehearsal notes nothing. A hook that fails has been reported and
 * is no error here. ERR_CANCELLED, or the conf could not be written. */
int deploy_hooks_run(struct app *app, const struct settings *settings, struct lineage *lineage,
		     const struct strvec *names, struct error *err) WARN_UNUSED;

#endif
