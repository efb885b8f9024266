/*
 * The `plugins` listing.
 */
#ifndef APP_VERBS_PLUGINS_LIST_H
#define APP_VERBS_PLUGINS_LIST_H

#include "app/app.h"
#include "plugin/registry.h"

/* Prints the plugins of this build and the external programs. */
int plugins_list(struct app *app, struct error *err) WARN_UNUSED;
/* Returns the names, including those of external programs, which are not run: "apache,manual,...".
 * Heap. */
char *plugins_list_names(const struct plugin_registry *registry);

#endif
