/*
 * Choosing a plugin from a menu: what most people want comes first, DNS providers have a menu of
 * their own, and every line fits on a terminal of 80 columns.
 */
#ifndef APP_PLUGIN_MENU_H
#define APP_PLUGIN_MENU_H

#include "app/app.h"

/* Takes the one usable plugin of the role, or asks which it shall be; programs of their own are
 * offered too. The instance is prepared and belongs to the app. ERR_CONFIG: there is none;
 * ERR_CANCELLED: so said the person. */
int plugin_menu_choose(struct app *app, enum plugin_role role,
		       struct plugin_instance **ret_instance, struct error *err) WARN_UNUSED;

/* Appends the rows of the plugins that are programs in the plugin directories (const struct plugin
 * pointers, borrowed); one that does not behave is left out with a warning. */
struct plugin_rows {
	const struct plugin **items;
	size_t count, capacity;
};
void plugin_rows_release(struct plugin_rows *rows);
DEFINE_AUTO(plugin_rows, plugin_rows_release);
void plugin_rows_add(struct plugin_rows *rows, const struct plugin *plugin);
void plugin_rows_add_programs(struct app *app, struct plugin_rows *rows);

#endif
