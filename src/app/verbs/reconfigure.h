/*
 * `reconfigure` changes the saved options of a lineage after a dry run with them. `update_symlinks`
 * is here too: both make a lineage's files consistent with its conf.
 */
#ifndef APP_VERBS_RECONFIGURE_H
#define APP_VERBS_RECONFIGURE_H

#include "app/app.h"

/* Changes the options of the lineage of --cert-name, or of the one the user picks. ERR_CONFIG:
 * domains were given, or server or account would change. */
int reconfigure(struct app *app, struct error *err) WARN_UNUSED;

/* Points the links in live/ of all lineages to the files in archive/. */
int reconfigure_symlinks(struct app *app, struct error *err) WARN_UNUSED;

#endif
