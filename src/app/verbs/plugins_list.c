/*
 * Lists the plugins (see plugins_list.h).
 */
#include "app/verbs/plugins_list.h"

#include <string.h>

#include "app/renewal/report.h"
#include "app/verbs/recovery.h"
#include "base/alloc.h"
#include "base/log.h"
#include "instances/plugin_check.h"
#include "instances/plugin_menu.h"
#include "net/http/http.h"

static bool has_wanted_roles(const struct settings *settings, const struct plugin *plugin)
{
	const struct strvec *wanted = settings_list(settings, "ifaces");

	return (!strvec_contains(wanted, "authenticator") || plugin->authenticator) &&
	       (!strvec_contains(wanted, "installer") || plugin->installer);
}

static void describe_plugin(const struct settings *settings, const struct plugin *plugin,
			    struct strbuf *out)
{
	AUTO_FREE char *interfaces = plugin_interfaces(plugin);

	strbuf_addf(out, "* %s\nDescription: %s\nInterfaces: %s\n", plugin->name,
		    plugin->description, interfaces);
	/* On one line, as Certbot prints it with Python 3.9 and later: entry-point scripts of
	 * containers search it for names. */
	strbuf_addf(out,
		    "Entry point: EntryPoint(name='%s', value='%s', group='certbot.plugins')\n",
		    plugin->name, plugin->program ? plugin->program : "built in");
	if (settings_flag(settings, "init"))
		strbuf_addf(out, "Initialized: %s\n", plugin->name);
}

/* Sets the error if the plugin cannot be used; returns false if its software is not installed. As
 * in Certbot, a plugin whose server is not installed is not listed. */
static bool try_prepare(struct plugins *plugins, const struct plugin *plugin,
			struct error *ret_unusable)
{
	struct plugin_instance *instance = NULL;
	const struct plugin_host *host = NULL;

	if (plugins_host(plugins, &host, ret_unusable) == 0 &&
	    plugin_open(plugin, host, &instance, ret_unusable) == 0)
		plugin_close(instance);
	return ret_unusable->code != ERR_NOT_FOUND;
}

static struct json *json_of_plugin(const struct plugin *plugin)
{
	struct json *object = json_object_new();

	json_set_string(object, "name", plugin->name);
	json_set_text(object, "description", plugin->description);
	json_set_bool(object, "authenticator", plugin->authenticator != NULL);
	json_set_bool(object, "installer", plugin->installer != NULL);
	json_set_text(object, "program", plugin->program);
	return object;
}

static void add_plugin(struct plugins *plugins, const struct plugin *plugin, struct strbuf *out)
{
	AUTO(strbuf) struct strbuf entry = STRBUF_INIT;
	AUTO(error) struct error unusable = ERROR_INIT;
	bool prepares = settings_flag(plugins->host.settings, "prepare");
	struct json *object;

	if (plugin->flags & PLUGIN_HIDDEN || !has_wanted_roles(plugins->host.settings, plugin))
		return;
	describe_plugin(plugins->host.settings, plugin, &entry);
	if (prepares && !try_prepare(plugins, plugin, &unusable))
		return;
	if (prepares)
		strbuf_addf(&entry, "Prep: %s\n", error_is_set(&unusable) ? unusable.text : "True");
	object = json_of_plugin(plugin);
	if (prepares)
		result_set_fault(object, &(const struct result_fault){.error = &unusable});
	result_push(plugins->host.ui, "plugins", object);
	strbuf_addf(out, "%s%s", out->len ? "\n" : "", entry.text);
}

/* `asks_only`: listing must neither recover nor reload anything. */
int plugins_list(struct app *app, struct error *err)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;
	AUTO(plugin_rows) struct plugin_rows programs = {.items = NULL};

	if (settings_string(app->settings, "check_plugin"))
		return plugin_check(app->plugins, settings_string(app->settings, "check_plugin"),
				    err);
	result_set(app->ui, "plugins", json_array_new());
	app->plugins->host.asks_only = true;
	recovery_mention(app);
	for (size_t i = 0; i < app->plugins->registry->count; i++)
		add_plugin(app->plugins, app->plugins->registry->plugins[i], &out);
	plugin_rows_add_programs(app->plugins, &programs);
	for (size_t i = 0; i < programs.count; i++)
		add_plugin(app->plugins, programs.items[i], &out);
	if (!out.len) {
		ui_say(app->ui, "No plugins");
		return 0;
	}
	ui_say(app->ui, "%s\n%s%s", report_frame, out.text, report_frame);
	return 0;
}

char *plugins_list_names(const struct plugin_registry *registry)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	for (size_t i = 0; i < registry->count; i++)
		strvec_push(&names, registry->plugins[i]->name);
	registry->programs->list(&names);
	return strvec_join(&names, ",");
}
