/*
 * The installer subcommands: install, enhance, rollback, config_changes (spec: flows.md 13, 14, 20;
 * legacy.md 5).
 */
#ifndef APP_VERBS_INSTALLATION_H
#define APP_VERBS_INSTALLATION_H

#include "app/app.h"

int installation_install(struct app *app, struct error *err) WARN_UNUSED;
int installation_enhance(struct app *app, struct error *err) WARN_UNUSED;
int installation_rollback(struct app *app, struct error *err) WARN_UNUSED;
int installation_config_changes(struct app *app, struct error *err) WARN_UNUSED;

#endif
