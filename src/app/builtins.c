/*
 * The one place that names the plugins of this build.
 */
#include "app/builtins.h"
#include "cloud/heroku.h"
#include "cloud/plesk.h"
#include "cloud/s3front.h"
#include "dns/challenge/persist.h"
#include "dns/provider.h"
#include "plugins/apache/apache.h"
#include "plugins/dovecot/dovecot.h"
#include "plugins/exim/exim.h"
#include "plugins/external/external.h"
#include "plugins/gandi/gandi.h"
#include "plugins/handler/handler.h"
#include "plugins/haproxy/haproxy.h"
#include "plugins/icecast/icecast.h"
#include "plugins/manual/manual.h"
#include "plugins/nginx/nginx.h"
#include "plugins/null/null.h"
#include "plugins/postfix/postfix.h"
#include "plugins/pritunl/pritunl.h"
#include "plugins/proxmox/proxmox.h"
#include "plugins/standalone/standalone.h"
#include "plugins/varnish/varnish.h"
#include "plugins/webroot/webroot.h"

#define DNS_PROVIDER(name) extern const struct dns_provider dns_##name;
#include "dns/providers/providers.def"
#undef DNS_PROVIDER

static const struct plugin *const plugins[] = {
	&apache_plugin.plugin,
#define DNS_PROVIDER(name) &dns_##name.plugin,
#include "dns/providers/providers.def"
#undef DNS_PROVIDER
	&dns_persist_plugin,
	&dovecot_plugin.plugin,
	&exim_plugin.plugin,
	&handler_plugin,
	&gandi_plugin,
	&haproxy_plugin.plugin,
	&heroku_plugin,
	&icecast_plugin.plugin,
	&manual_plugin,
	&nginx_plugin.plugin,
	&null_plugin,
	&plesk_plugin,
	&postfix_plugin.plugin,
	&pritunl_plugin,
	&proxmox_plugin,
	&s3front_plugin,
	&standalone_plugin,
	&varnish_plugin,
	&webroot_plugin,
};

static const struct dns_provider *const providers[] = {
#define DNS_PROVIDER(name) &dns_##name,
#include "dns/providers/providers.def"
#undef DNS_PROVIDER
};

const struct plugin_registry app_builtins = {plugins, ARRAY_LEN(plugins), &external_programs};

/* The provider whose plugin it is, or NULL. */
static const struct dns_provider *find_provider(const struct plugin *plugin)
{
	for (size_t i = 0; i < ARRAY_LEN(providers); i++)
		if (&providers[i]->plugin == plugin)
			return providers[i];
	return NULL;
}

bool app_credential(const struct plugin *plugin, size_t number,
		    struct app_credential *ret_credential)
{
	const struct dns_provider *provider = find_provider(plugin);
	const struct dns_credential *key;

	if (!provider || number >= provider->credential_count)
		return false;
	key = &provider->credentials[number];
	*ret_credential = (struct app_credential){key->key, key->what, key->optional};
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
