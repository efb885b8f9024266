/*
 * Listing the plugins of this build (see plugins_list.h).
 */
#include "app/plugins_list.h"

#include <string.h>

#include "app/report.h"
#include "base/alloc.h"
#include "net/http.h"

static bool has_wanted_roles(const struct settings *settings, const struct plugin *plugin)
{
	const struct strvec *wanted = settings_list(settings, "ifaces");

	return (!strvec_contains(wanted, "authenticator") || plugin->authenticator) &&
	       (!strvec_contains(wanted, "installer") || plugin->installer);
}

static void describe(struct app *app, const struct plugin *plugin, struct strbuf *out)
{
	AUTO_FREE char *interfaces = plugin_interfaces(plugin);

	strbuf_addf(out, "* %s\nDescription: %s\nInterfaces: %s\nEntry point: %s = built in\n",
		    plugin->name, plugin->description, interfaces, plugin->name);
	if (settings_flag(app->settings, "init"))
		strbuf_addf(out, "Initialized: %s\n", plugin->name);
}

/* Text for --prepare; false when the plugin's software is not installed here. */
static bool try_prepare(struct app *app, const struct plugin *plugin, struct strbuf *out)
{
	struct plugin_instance *instance = NULL;
	struct http_client *http = NULL;
	AUTO(error) struct error err = ERROR_INIT;

	if (app_http(app, &http, &err) == 0 &&
	    plugin_open(plugin, &app->host, &instance, &err) == 0)
		strbuf_adds(out, "Prep: True\n");
	else if (err.code == ERR_NOT_FOUND)
		return false;
	else
		strbuf_addf(out, "Prep: %s\n", err.text);
	plugin_close(instance);
	return true;
}

int plugins_list(struct app *app, struct error *err)
{
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;
	bool prepare = settings_flag(app->settings, "prepare");

	for (size_t i = 0; i < app->registry->count; i++) {
		const struct plugin *plugin = app->registry->plugins[i];
		AUTO(strbuf) struct strbuf entry = STRBUF_INIT;

		if (plugin->flags & (PLUGIN_HIDDEN | PLUGIN_UNBUILT) ||
		    !has_wanted_roles(app->settings, plugin))
			continue;
		describe(app, plugin, &entry);
		if (prepare && !try_prepare(app, plugin, &entry))
			continue;
		strbuf_addf(&out, "%s%s", out.len ? "\n" : "", entry.text);
	}
	if (!out.len) {
		ui_say(app->ui, "No plugins");
		return 0;
	}
	ui_say(app->ui, "%s\n%s%s", report_frame, out.text, report_frame);
	return 0;
}
