/*
 * The plugins of a run: the rows of all, and the instances of those in use. Most have one instance,
 * which receives the settings of each lineage with its task. An instance of a plugin for a web
 * server, or of one that is a program (PLUGIN_BOUND), is bound to one set of values, such as a
 * server root and its ports, so lineages whose plugin options differ have different instances.
 */
#ifndef INSTANCES_PLUGINS_H
#define INSTANCES_PLUGINS_H

#include "base/map.h"
#include "children/network.h"
#include "plugin/plugin.h"
#include "plugin/registry.h"

struct programs;

struct plugins {
	const struct plugin_registry *registry; /* those built in */
	struct programs *programs; /* plugin programs; borrowed. NULL: not searched for */
	struct network *network;   /* borrowed */
	struct plugin_host host;   /* its http clients: see plugins_host() */
	/* Made at first use. */
	struct map instances; /* plugin, and what binds it -> struct plugin_instance */
	struct map hosts;     /* same key -> the host of a bound plugin */
	struct map locks;     /* directory of a web server -> struct lock */
};

/* Makes the plugins of a run, with its settings; plugins_free() closes those in use. Everything is
 * borrowed. The caller sets the host's run_hook. */
struct plugins *plugins_new(const struct plugin_registry *registry, struct programs *programs,
			    struct network *network);
void plugins_free(struct plugins *plugins);

/* Finds the row of a plugin, built in or an external program. ERR_CONFIG: it is not installed, or
 * the program violates the protocol. */
int plugins_find_row(struct plugins *plugins, const char *name, const struct plugin **ret_plugin,
		     struct error *err) WARN_UNUSED;
/* Returns the run's host with its http clients, borrowed. */
int plugins_host(struct plugins *plugins, const struct plugin_host **ret_host,
		 struct error *err) WARN_UNUSED;
/* Returns the prepared instance of a plugin, shared by all lineages whose options for it are the
 * same. Owned by the plugins. ERR_CONFIG: not installed or not working, with the reason. */
int plugins_get(struct plugins *plugins, const struct settings *settings, const char *name,
		struct plugin_instance **ret_instance, struct error *err) WARN_UNUSED;
/* The same, for a plugin that must be able to act in that role. ERR_CONFIG also when it is not. */
int plugins_get_for_role(struct plugins *plugins, const struct settings *settings, const char *name,
			 enum plugin_role role, struct plugin_instance **ret_instance,
			 struct error *err) WARN_UNUSED;

/* The installers of a lineage, in the order in which they were named. Borrowed from the plugins. */
enum { INSTALLERS_MAX = 8 };
struct installers {
	struct plugin_instance *items[INSTALLERS_MAX];
	size_t count;
};
/* Returns the prepared installers of a list of names (config/services.h). ERR_CONFIG. */
int plugins_get_installers(struct plugins *plugins, const struct settings *settings,
			   const char *list, struct installers *ret, struct error *err) WARN_UNUSED;

/* The same where one that cannot be used must not stop the others: those that can be opened.
 * `ret_lost` says why the rest cannot, such as because of a server's broken configuration. Returns
 * an error for what no other configuration of a server mends. ERR_CONFIG, ERR_CANCELLED. */
int plugins_get_working(struct plugins *plugins, const struct settings *settings, const char *list,
			struct installers *ret, struct error *ret_lost,
			struct error *err) WARN_UNUSED;

#endif
