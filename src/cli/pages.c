/*
 * Gives the page printers the rows of this build (see pages.h).
 */
#include "cli/pages.h"

#include <stdio.h>
#include <string.h>

#include "app/builtins.h"
#include "base/alloc.h"
#include "cli/help.h"
#include "cli/verbs.h"
#include "instances/programs.h"

/* "dns_cloudflare_api_token", heap. */
static char *full_key(const char *plugin, const char *key)
{
	char *name = xasprintf("%s_%s", plugin, key);

	for (char *c = name; *c; c++)
		if (*c == '-')
			*c = '_';
	return name;
}

/* One allocation per key, which is fine for the few that a plugin has. */
static void add_keys(const struct plugin *plugin, struct help_plugin *page)
{
	struct app_credential credential;
	struct help_key *keys = NULL;

	for (size_t i = 0; app_credential(plugin, i, &credential); i++) {
		keys = xreallocarray(keys, i + 1, sizeof(*keys));
		keys[i] = (struct help_key){full_key(plugin->name, credential.key),
					    credential.meaning, credential.is_optional,
					    credential.is_in_sample};
		page->key_count = i + 1;
	}
	page->keys = keys;
}

static void free_source(struct help_source *source)
{
	for (size_t i = 0; i < source->plugin_count; i++) {
		for (size_t j = 0; j < source->plugins[i].key_count; j++)
			free((char *)source->plugins[i].keys[j].name);
		free((void *)source->plugins[i].keys);
	}
	free((void *)source->plugins);
}

static struct help_plugin page_of(const struct plugin *plugin)
{
	struct help_plugin page = {
		.name = plugin->name,
		.description = plugin->description,
		.options = plugin->options,
		.option_count = plugin->option_count,
		.is_hidden = plugin->flags & PLUGIN_HIDDEN,
		.credentials_source = app_credentials_source(plugin),
		.manual = plugin->manual,
		.is_authenticator = plugin->authenticator,
		.is_installer = plugin->installer,
	};

	add_keys(plugin, &page);
	return page;
}

/* Makes the source with room for `more` plugins that are not built in. */
static struct help_source make_source(const struct option_table *table, int width, size_t more)
{
	struct help_plugin *plugins = xcalloc(app_builtins.count + more, sizeof(*plugins));

	for (size_t i = 0; i < app_builtins.count; i++)
		plugins[i] = page_of(app_builtins.plugins[i]);
	return (struct help_source){table,           plugins,      app_builtins.count,
				    CERTBOT_VERSION, CERTBOT_DATE, width};
}

/* Appends the names of programs that may have a page for the topic. Programs are run to learn their
 * options, so only as many as the page needs. */
static void candidates(const char *topic, struct strvec *ret_names)
{
	if (topic && strcmp(topic, "all") == 0)
		app_builtins.programs->list(ret_names);
	else if (topic && !plugin_find(&app_builtins, topic))
		strvec_push(ret_names, topic);
}

/* The source of --help TOPIC, with the programs that have a page for it. */
static struct help_source source_of_topic(struct programs *programs, const char *topic, int width)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	struct help_source source;
	struct help_plugin *plugins;

	candidates(topic, &names);
	source = make_source(programs->table, width, names.count);
	plugins = (struct help_plugin *)source.plugins;
	for (size_t i = 0; i < names.count; i++) {
		AUTO(error) struct error err = ERROR_INIT;
		const struct plugin *plugin = NULL;

		if (plugin_find(&app_builtins, names.items[i]) || verb_find(names.items[i]))
			continue;
		if (programs_find(programs, names.items[i], NULL, &plugin, &err) == 0)
			plugins[source.plugin_count++] = page_of(plugin);
		else if (err.code != ERR_NOT_FOUND)
			fprintf(stderr, "the %s plugin cannot be used: %s\n", names.items[i],
				err.text); /* there is no log yet */
	}
	return source;
}

void pages_help(struct programs *programs, const char *topic, int width, struct strbuf *out)
{
	struct help_source source = source_of_topic(programs, topic, width);

	help_print(&source, topic, out);
	free_source(&source);
}

struct json *pages_tell(struct programs *programs, const char *topic)
{
	struct help_source source = source_of_topic(programs, topic, 0);
	struct json *told = help_tell(&source, topic);

	free_source(&source);
	return told;
}

/* 80 columns because the output is a file in a package, the same wherever it is built. */
static void print_with_all_rows(void (*print)(const struct help_source *, struct strbuf *),
				struct strbuf *out)
{
	struct option_table table;
	struct help_source source;

	app_option_table(&table);
	source = make_source(&table, 80, 0);
	print(&source, out);
	free_source(&source);
	option_table_release(&table);
}

void pages_man(struct strbuf *out)
{
	print_with_all_rows(help_print_man, out);
}

/* Prints something for each plugin that has a page. */
static void print_plugins(const struct help_source *source, struct strbuf *out,
			  void (*print)(const struct help_plugin *plugin, struct strbuf *out))
{
	for (size_t i = 0; i < source->plugin_count; i++)
		if (help_has_page(&source->plugins[i]))
			print(&source->plugins[i], out);
}

static void print_credentials(const struct help_source *source, struct strbuf *out)
{
	print_plugins(source, out, help_print_credentials);
}

void pages_credentials(struct strbuf *out)
{
	print_with_all_rows(print_credentials, out);
}

static void print_name(const struct help_plugin *plugin, struct strbuf *out)
{
	strbuf_addf(out, "%s\n", plugin->name);
}

static void print_names(const struct help_source *source, struct strbuf *out)
{
	print_plugins(source, out, print_name);
}

void pages_plugins(struct strbuf *out)
{
	print_with_all_rows(print_names, out);
}

/* Called once for each plugin, in processes of their own, by the build. */
bool pages_man_plugin(const char *name, struct strbuf *out)
{
	struct option_table table;
	struct help_source source;
	size_t before = out->len;

	app_option_table(&table);
	source = make_source(&table, 80, 0);
	for (size_t i = 0; i < source.plugin_count; i++)
		if (help_has_page(&source.plugins[i]) && strcmp(source.plugins[i].name, name) == 0)
			help_print_man_plugin(&source, &source.plugins[i], out);
	free_source(&source);
	option_table_release(&table);
	return out->len > before;
}

void pages_fish(struct strbuf *out)
{
	print_with_all_rows(help_print_fish, out);
}

void pages_zsh(struct strbuf *out)
{
	print_with_all_rows(help_print_zsh, out);
}

void pages_bash(struct strbuf *out)
{
	print_with_all_rows(help_print_bash, out);
}

void pages_table(struct strbuf *out)
{
	print_with_all_rows(help_print_table, out);
}

/* For tests and tools that compare documentation and code with the rows. */
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
