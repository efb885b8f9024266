/*
 * The one place that knows the plugins of this build (builtins.def).
 */
#include "app/builtins.h"

#include "base/strvec.h"
#include "dns/provider.h"
#include "plugins/external/external.h"
#include "webserver/webserver.h"

#define DNS_PROVIDER(name) extern const struct dns_provider dns_##name;
#define PLUGIN(name) extern const struct plugin name##_plugin;
#define WEB_SERVER(name) extern const struct webserver_plugin name##_plugin;
#include "app/builtins.def"
#undef DNS_PROVIDER
#undef PLUGIN
#undef WEB_SERVER

static const struct plugin *const plugins[] = {
#define DNS_PROVIDER(name) &dns_##name.plugin,
#define PLUGIN(name) &name##_plugin,
#define WEB_SERVER(name) &name##_plugin.plugin,
#include "app/builtins.def"
#undef DNS_PROVIDER
#undef PLUGIN
#undef WEB_SERVER
};

static const struct dns_provider *const providers[] = {
#define DNS_PROVIDER(name) &dns_##name,
#include "dns/providers/providers.def"
#undef DNS_PROVIDER
};

const struct plugin_registry app_builtins = {plugins, ARRAY_LEN(plugins), &external_programs};

/* Returns the provider that the plugin belongs to, or NULL. */
static const struct dns_provider *find_provider(const struct plugin *plugin)
{
	for (size_t i = 0; i < ARRAY_LEN(providers); i++)
		if (&providers[i]->plugin == plugin)
			return providers[i];
	return NULL;
}

/* Returns true for a key of the first of several ways to log in. */
static bool is_first_choice(const struct dns_provider *provider, const struct dns_credential *key)
{
	AUTO(strvec) struct strvec keys = STRVEC_INIT;

	if (provider->choices[0])
		strvec_split(&keys, provider->choices[0], " ");
	return strvec_contains(&keys, key->key);
}

bool app_credential(const struct plugin *plugin, size_t number,
		    struct app_credential *ret_credential)
{
	const struct dns_provider *provider = find_provider(plugin);
	const struct dns_credential *key;

	if (!provider || number >= provider->credential_count)
		return false;
	key = &provider->credentials[number];
	*ret_credential = (struct app_credential){key->key, key->what, key->optional,
						  !key->optional || is_first_choice(provider, key)};
	return true;
}

const char *app_credentials_source(const struct plugin *plugin)
{
	const struct dns_provider *provider = find_provider(plugin);

	return provider ? provider->credentials_source : NULL;
}

void app_option_table(struct option_table *ret_table)
{
	option_table_init(ret_table);
	for (size_t i = 0; i < app_builtins.count; i++) {
		const struct plugin *plugin = app_builtins.plugins[i];

		option_table_add(ret_table, plugin->selector, plugin->selector != NULL);
		option_table_add(ret_table, plugin->options, plugin->option_count);
	}
}
