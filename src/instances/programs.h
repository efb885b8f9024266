/*
 * Plugins that are programs of their own. Each is asked for its description once per process: when
 * the command line or a config file has an option that may be its own, when help on it is wanted,
 * or when it is used.
 */
#ifndef INSTANCES_PROGRAMS_H
#define INSTANCES_PROGRAMS_H

#include "config/settings.h"
#include "plugin/registry.h"

struct programs {
	const struct plugin_registry *registry;
	const struct option_table *table;
	struct map rows; /* name -> struct plugin, freed by programs_release() */
};

/* Makes an empty list; programs_release() frees it. Registry and table are borrowed. */
void programs_init(struct programs *programs, const struct plugin_registry *registry,
		   const struct option_table *table);
void programs_release(struct programs *programs);
DEFINE_AUTO(programs, programs_release);

/* Finds the row of a plugin that is not built in. The settings say where the directories of this
 * run are; NULL: the defaults. ERR_NOT_FOUND: there is no such program; ERR_PLUGIN. */
int programs_find(struct programs *programs, const char *name, const struct settings *settings,
		  const struct plugin **ret_plugin, struct error *err) WARN_UNUSED;
/* Has the table find the options of programs ("--NAME-option") in this list, which must outlive the
 * table's use. */
void programs_attach(struct programs *programs, struct option_table *table);

#endif
