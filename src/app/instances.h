/*
 * Plugin instances of a run. Most plugins have one each, which gets the settings of every lineage
 * with its task. A web server's (PLUGIN_BOUND) is bound to one server root and its ports, so
 * lineages whose plugin options differ get one each.
 */
#ifndef APP_INSTANCES_H
#define APP_INSTANCES_H

#include "app/app.h"

/* What an instance is found by: the plugin's name and, for a bound one, the values that bind it. */
char *instances_key(const struct plugin *plugin, const struct settings *settings) WARN_UNUSED;
/* The host for an instance of the plugin with these settings; lives as long as the app. */
const struct plugin_host *instances_host(struct app *app, const struct plugin *plugin,
					 const struct settings *settings, const char *key);
/* For the map app.hosts. */
void instances_free_host(void *host);

#endif
