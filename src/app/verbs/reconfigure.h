/*
 * `reconfigure`: changes the saved options of a lineage after a rehearsal with them (flows.md 19).
 * `update_symlinks` too: both bring a lineage's files in line with its conf.
 */
#ifndef APP_VERBS_RECONFIGURE_H
#define APP_VERBS_RECONFIGURE_H

#include "app/app.h"

int reconfigure(struct app *app, struct error *err) WARN_UNUSED;
int reconfigure_symlinks(struct app *app, struct error *err) WARN_UNUSED;

#endif
