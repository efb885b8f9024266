/*
 * Makes and frees plugin instances, and answers questions about a plugin from its row.
 */
#include "plugin/plugin.h"

#include "base/alloc.h"

struct plugin_instance *plugin_instantiate(const struct plugin *plugin,
					   const struct plugin_host *host)
{
	struct plugin_instance *instance = XNEW(struct plugin_instance);

	instance->plugin = plugin;
	instance->host = host;
	return instance;
}

int plugin_open(const struct plugin *plugin, const struct plugin_host *host,
		struct plugin_instance **ret_instance, struct error *err)
{
	struct plugin_instance *instance = plugin_instantiate(plugin, host);

	if (plugin->prepare && plugin->prepare(instance, err) < 0) {
		plugin_close(instance);
		return err->code;
	}
	instance->prepared = true;
	*ret_instance = instance;
	return 0;
}

void plugin_close(struct plugin_instance *instance)
{
	if (!instance)
		return;
	if (instance->plugin->close)
		instance->plugin->close(instance);
	free(instance);
}

char *plugin_interfaces(const struct plugin *plugin)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (plugin->authenticator)
		strbuf_adds(&text, "Authenticator, ");
	if (plugin->installer)
		strbuf_adds(&text, "Installer, ");
	strbuf_adds(&text, "Plugin");
	return strbuf_detach(&text);
}

const char *enhancement_name(enum enhancement what)
{
	static const char *const names[] = {
		[ENHANCE_REDIRECT] = "redirect",
		[ENHANCE_HSTS] = "ensure-http-header Strict-Transport-Security",
		[ENHANCE_UIR] = "ensure-http-header Upgrade-Insecure-Requests",
		[ENHANCE_STAPLE] = "staple-ocsp",
		[ENHANCE_AUTO_HSTS] = "auto-hsts",
	};

	STATIC_ASSERT(ARRAY_LEN(names) == ENHANCEMENT__COUNT, "every enhancement has a name");
	return names[what];
}
