/*
 * The plugins of this build, in the order of their names. app/builtins.c hands the list in; nothing
 * else names a plugin.
 */
#ifndef PLUGIN_REGISTRY_H
#define PLUGIN_REGISTRY_H

#include <stddef.h>

#include "plugin/plugin.h"

/* Plugins that are found at run time: programs of their own. */
struct plugin_source {
	/* Makes a row, to be freed by `free_row`. ERR_NOT_FOUND: there is none of that name;
	 * ERR_PLUGIN: it does not behave. */
	int (*find)(const char *name, const struct settings *settings, struct plugin **ret_plugin,
		    struct error *err);
	void (*free_row)(struct plugin *plugin);
	/* Appends the names of those that stand in a directory of plugins. */
	void (*list)(struct strvec *ret_names);
};

struct plugin_registry {
	const struct plugin *const *plugins;
	size_t count;
	const struct plugin_source *programs;
};

/* NULL when there is none of that name. Old-style names ("dist:name") match their last part. */
const struct plugin *plugin_find(const struct plugin_registry *registry, const char *name);

enum plugin_role {
	ROLE_AUTHENTICATOR,
	ROLE_INSTALLER,
};
const char *plugin_role_name(enum plugin_role role); /* "authenticator" */
bool plugin_has_role(const struct plugin *plugin, enum plugin_role role);

/* What the flags ask for: -a, -i, --configurator and the selector flags. All requests for one role
 * must agree; ERR_CONFIG "Too many flags setting ...". Names are borrowed from the settings or
 * static; NULL: not requested. */
struct plugin_choice {
	const char *authenticator;
	const char *installer;
};
int plugin_requested(const struct plugin_registry *registry, const struct settings *settings,
		     struct plugin_choice *ret_choice, struct error *err) WARN_UNUSED;

#endif
