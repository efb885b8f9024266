/*
 * Gives the page printers what this build has (see pages.h).
 */
#include "cli/pages.h"

#include "app/app.h"
#include "base/alloc.h"
#include "cli/help.h"

static struct help_source make_source(const struct option_table *table, int width)
{
	struct help_plugin *plugins = xcalloc(app_builtins.count, sizeof(*plugins));

	for (size_t i = 0; i < app_builtins.count; i++) {
		const struct plugin *plugin = app_builtins.plugins[i];

		plugins[i] = (struct help_plugin){plugin->name, plugin->description,
						  plugin->options, plugin->option_count};
	}
	return (struct help_source){table, plugins, app_builtins.count, APP_VERSION, width};
}

void pages_help(const struct option_table *table, const char *topic, int width, struct strbuf *out)
{
	const struct help_source source = make_source(table, width);

	help_print(&source, topic, out);
	free((void *)source.plugins);
}

static void print_with_all_rows(void (*print)(const struct help_source *, struct strbuf *),
				struct strbuf *out)
{
	struct option_table table;
	struct help_source source;

	app_option_table(&table);
	source = make_source(&table, 80);
	print(&source, out);
	free((void *)source.plugins);
	option_table_release(&table);
}

void pages_man(struct strbuf *out)
{
	print_with_all_rows(help_print_man, out);
}

void pages_bash(struct strbuf *out)
{
	print_with_all_rows(help_print_bash, out);
}

void pages_table(struct strbuf *out)
{
	print_with_all_rows(help_print_table, out);
}

void pages_rows(struct strbuf *out)
{
	AUTO(option_table) struct option_table table;

	app_option_table(&table);
	for (size_t i = 0; i < table.count; i++) {
		const struct option *row = table.rows[i];

		strbuf_addf(out, "%s\t%s\t%s\n", row->dest, row->names,
			    row->flags & OPTION_HIDDEN ? "hidden" : "");
	}
}
