/*
 * The installer subcommands: install, enhance, rollback, config_changes.
 */
#ifndef APP_VERBS_INSTALLATION_H
#define APP_VERBS_INSTALLATION_H

#include "app/app.h"

/* Installs an existing certificate, chosen by --cert-name or given as files, in the web server. */
int installation_install(struct app *app, struct error *err) WARN_UNUSED;

/* Applies enhancements such as redirects to the server of an installed certificate. ERR_CONFIG:
 * none was requested. */
int installation_enhance(struct app *app, struct error *err) WARN_UNUSED;

/* Undoes the last --checkpoints changes of the installer and reloads the server. */
int installation_rollback(struct app *app, struct error *err) WARN_UNUSED;

/* Prints the changes that rollback could undo, at most --num of them. */
int installation_config_changes(struct app *app, struct error *err) WARN_UNUSED;

#endif
