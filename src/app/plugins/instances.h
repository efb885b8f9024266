/*
 * Plugin instances of a run. Most plugins have one instance, which receives the settings of each
 * lineage with its task. An instance of a plugin for a web server, or of one that is a program
 * (PLUGIN_BOUND), is bound to one set of values, such as a server root and its ports, so lineages
 * whose plugin options differ have different instances.
 */
#ifndef APP_PLUGINS_INSTANCES_H
#define APP_PLUGINS_INSTANCES_H

#include "app/app.h"

/* Returns the prepared instance of a plugin, shared by all lineages whose options for it are the
 * same. Owned by the app. ERR_CONFIG: not installed or not working, with the reason. */
int instances_get(struct app *app, const struct settings *settings, const char *name,
		  struct plugin_instance **ret_instance, struct error *err) WARN_UNUSED;
/* The same, for a plugin that must be able to act in that role. ERR_CONFIG also when it is not. */
int instances_get_for_role(struct app *app, const struct settings *settings, const char *name,
			   enum plugin_role role, struct plugin_instance **ret_instance,
			   struct error *err) WARN_UNUSED;

/* The installers of a lineage, in the order in which they were named. Borrowed from the app. */
struct installers {
	struct plugin_instance *items[8];
	size_t count;
};
/* Returns the prepared installers of a list of names (config/services.h). ERR_CONFIG. */
int instances_get_installers(struct app *app, const struct settings *settings, const char *list,
			     struct installers *ret, struct error *err) WARN_UNUSED;
/* Frees a value of the map app.hosts. */
void instances_free_host(void *host);

#endif
