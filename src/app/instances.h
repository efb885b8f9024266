/*
 * Plugin instances of a run. Most plugins have one each, which gets the settings of every lineage
 * with its task. A web server's (PLUGIN_BOUND) is bound to one server root and its ports, so
 * lineages whose plugin options differ get one each.
 */
#ifndef APP_INSTANCES_H
#define APP_INSTANCES_H

#include "app/app.h"

/* The prepared instance of a plugin, shared by all lineages of the run for which it is the same.
 * ERR_CONFIG: not installed or not working, with the reason. */
int instances_get(struct app *app, const struct settings *settings, const char *name,
		  struct plugin_instance **ret_instance, struct error *err) WARN_UNUSED;
/* For the map app.hosts. */
void instances_free_host(void *host);

#endif
