/*
 * The `plugins` listing (spec: flows.md 22).
 */
#ifndef APP_VERBS_PLUGINS_LIST_H
#define APP_VERBS_PLUGINS_LIST_H

#include "app/app.h"

int plugins_list(struct app *app, struct error *err) WARN_UNUSED;
/* Their names, also of programs of their own, which are not run: "apache,manual,...". Heap. */
char *plugins_list_names(const struct plugin_registry *registry);

#endif
