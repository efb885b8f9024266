/*
 * Choosing a plugin from a menu: the most common choices come first, DNS providers have a menu of
 * their own, and every line fits a terminal of 80 columns.
 */
#ifndef INSTANCES_PLUGIN_MENU_H
#define INSTANCES_PLUGIN_MENU_H

#include "instances/plugins.h"

/* Returns the only usable plugin of the role, or asks which one to use; external programs are
 * offered too. The instance is prepared and belongs to the run. ERR_CONFIG: there is none.
 * ERR_CANCELLED: the user cancelled. */
int plugin_menu_choose(struct plugins *plugins, enum plugin_role role,
		       struct plugin_instance **ret_instance, struct error *err) WARN_UNUSED;

/* A list of plugin rows, which are borrowed. */
struct plugin_rows {
	const struct plugin **items;
	size_t count, capacity;
};

/* Frees the list, not the rows. */
void plugin_rows_release(struct plugin_rows *rows);
DEFINE_AUTO(plugin_rows, plugin_rows_release);

/* Appends the rows of the external programs in the plugin directories; one that violates the
 * protocol is left out with a warning. */
void plugin_rows_add_programs(struct plugins *plugins, struct plugin_rows *rows);

#endif
