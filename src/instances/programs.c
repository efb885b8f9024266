/*
 * Rows and options of plugin programs (see programs.h).
 */
#include "instances/programs.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

void programs_init(struct programs *programs, const struct plugin_registry *registry,
		   const struct option_table *table)
{
	*programs = (struct programs){registry, table, MAP_INIT(NULL)};
}

void programs_release(struct programs *programs)
{
	for (size_t i = 0; i < programs->rows.count; i++)
		programs->registry->programs->free_row(programs->rows.entries[i].value);
	map_release(&programs->rows);
}

int programs_find(struct programs *programs, const char *name, const struct settings *settings,
		  const struct plugin **ret_plugin, struct error *err)
{
	AUTO(settings) struct settings *defaults = settings ? NULL : settings_new(programs->table);
	struct plugin *plugin = map_get(&programs->rows, name);

	if (!plugin) {
		if (programs->registry->programs->find(name, settings ? settings : defaults,
						       &plugin, err) < 0)
			return err->code;
		map_set(&programs->rows, name, plugin);
	}
	*ret_plugin = plugin;
	return 0;
}

/* Finds an option of a plugin by its full name; the error lists the options that there are. */
static int pick_option(const struct plugin *plugin, const char *name,
		       const struct option **ret_option, struct error *err)
{
	AUTO(strbuf) struct strbuf known = STRBUF_INIT;

	for (size_t i = 0; i < plugin->option_count; i++) {
		if (strcmp(plugin->options[i].names, name) == 0) {
			*ret_option = &plugin->options[i];
			return 0;
		}
		strbuf_addf(&known, "%s%s", i ? ", " : "", plugin->options[i].names);
	}
	error_set(err, ERR_USAGE, "unrecognized arguments: %s", name);
	return error_hint(err, "the %s plugin has %s%s", plugin->name,
			  known.len ? "these options: " : "no options of its own", known.text);
}

/* "--a-b-c" may be option c of plugin a-b, or b-c of a. */
static int find_option(void *context, const char *name, const struct option **ret_option,
		       struct error *err)
{
	struct programs *programs = context;
	AUTO_FREE char *plugin_name = xstrdup(name + strlen("--"));
	char *dash;

	*ret_option = NULL;
	while ((dash = strrchr(plugin_name, '-'))) {
		AUTO(error) struct error failed = ERROR_INIT;
		const struct plugin *plugin = NULL;

		*dash = '\0';
		if (!plugin_name[0] || plugin_find(programs->registry, plugin_name))
			continue;
		if (programs_find(programs, plugin_name, NULL, &plugin, &failed) == 0)
			return pick_option(plugin, name, ret_option, err);
		if (failed.code != ERR_NOT_FOUND) {
			error_move(err, &failed);
			return error_wrap(err, "cannot tell what %s is", name);
		}
	}
	return 0;
}

void programs_attach(struct programs *programs, struct option_table *table)
{
	table->find_more = find_option;
	table->more_context = programs;
}
