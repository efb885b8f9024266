/*
 * What a change of live/ owes: a run of the deploy hooks, and a reload of the server that has the
 * files. Both are on record in the lineage's conf before live/ changes, so whatever ends the run,
 * the next `renew` knows. lineage_deploy() takes nothing but this to do that.
 */
#ifndef APP_DEBTS_H
#define APP_DEBTS_H

#include <stdbool.h>

#include "app/app.h"
#include "store/lineage.h"

struct debts {
	bool deploy_hook, reload;
};

/* By the hooks and the installer of these settings. */
struct debts debts_of(struct app *app, const struct settings *settings);
/* Puts a struct debts on record in the conf's tree; saving it is the caller's. */
void debts_note(const void *debts, struct ini *conf);
/* The server has read the files: saves the conf without that debt. */
int debts_clear_reload(struct lineage *lineage, struct error *err) WARN_UNUSED;

/* A clone of the run's settings with those of the lineage's conf restored. */
struct settings *debts_settings(const struct app *app, const struct lineage *lineage) WARN_UNUSED;

/* Shows the newest generation of a lineage if a crash kept it from being shown, or if its links do
 * not show a whole one. *ret_switched: that was so, and the debts are on record. An error is for a
 * warning: what is shown stays. */
int debts_show_pending(struct app *app, const struct settings *settings, struct lineage *lineage,
		       bool *ret_switched, struct error *err) WARN_UNUSED;

#endif
