/*
 * The plugins of this build, sorted by name. app/builtins.def is the list; no other code names
 * a plugin.
 */
#ifndef PLUGIN_REGISTRY_H
#define PLUGIN_REGISTRY_H

#include <stddef.h>

#include "plugin/plugin.h"

/* Receives the rows of a conformance suite, one by one. */
struct plugin_check_report {
	/* `fault` says what does not hold; NULL: all does. */
	void (*row)(void *context, const char *what, const struct error *fault);
	void *context;
};

/* Plugins that are separate programs, found at run time. */
struct plugin_source {
	/* Makes a row, which `free_row` frees. ERR_NOT_FOUND when there is no plugin of that name;
	 * ERR_PLUGIN when it misbehaves. */
	int (*find)(const char *name, const struct settings *settings, struct plugin **ret_plugin,
		    struct error *err);
	void (*free_row)(struct plugin *plugin);
	/* Appends the names of the plugins in the plugin directories. */
	void (*list)(struct strvec *ret_names);
	/* Tries out what a plugin of this source promises, in the directories of the settings.
	 * ERR_IO; ERR_CANCELLED. */
	int (*check)(const struct plugin *plugin, const struct settings *settings,
		     const struct plugin_check_report *report, struct error *err);
};

struct plugin_registry {
	const struct plugin *const *plugins;
	size_t count;
	const struct plugin_source *programs;
};

/* The plugin of that name, or NULL. Old names are found, too
 * (config/plugin_names.h). */
const struct plugin *plugin_find(const struct plugin_registry *registry, const char *name);

enum plugin_role {
	ROLE_AUTHENTICATOR,
	ROLE_INSTALLER,
};
/* "authenticator" or "installer"; static. */
const char *plugin_role_name(enum plugin_role role);
/* True when the plugin can act in that role. */
bool plugin_has_role(const struct plugin *plugin, enum plugin_role role);

/* True when the plugin is among the installers of the settings. */
bool plugin_installs_for(const struct settings *settings, const struct plugin *plugin);

/* The plugins that the user requested. Names are borrowed from the settings or static; NULL: not
 * requested. */
struct plugin_choice {
	const char *authenticator;
	const char *installer; /* several: separated by commas (config/services.h) */
};
/* Finds out which plugins -a, -i, --configurator and the selector flags request. ERR_CONFIG ("Too
 * many flags setting ...") when requests for one role contradict each other. */
int plugin_requested(const struct plugin_registry *registry, const struct settings *settings,
		     struct plugin_choice *ret_choice, struct error *err) WARN_UNUSED;

#endif
