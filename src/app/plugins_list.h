/*
 * The `plugins` listing (spec: flows.md 22).
 */
#ifndef APP_PLUGINS_LIST_H
#define APP_PLUGINS_LIST_H

#include "app/app.h"

int plugins_list(struct app *app, struct error *err) WARN_UNUSED;

#endif
