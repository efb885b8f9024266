/*
 * Keeps plugin instances for the length of a run (see plugins.h). The key of an instance is the
 * plugin's name and, for a plugin that is bound to one server, its options: two lineages that
 * differ in these are served by different instances.
 */
#include "instances/plugins.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/strvec.h"
#include "config/services.h"
#include "config/suggestion.h"
#include "instances/programs.h"
#include "os/file/lock.h"

/* Adds each item with its length, so that no bytes of one can look like the beginning of the
 * next. */
static void add_items(const struct strvec *items, struct strbuf *key)
{
	for (size_t i = 0; i < items->count; i++)
		strbuf_addf(key, "%zu:%s,", strlen(items->items[i]), items->items[i]);
}

static void add_value(const struct settings *settings, const struct option *option,
		      struct strbuf *key)
{
	const char *text;

	strbuf_addf(key, " %s=", option->dest);
	switch (option->type) {
	case OPTION_STRING:
	case OPTION_PATH:
		text = settings_string(settings, option->dest);
		strbuf_adds(key, text ? text : "");
		break;
	case OPTION_INT:
	case OPTION_UINT:
		strbuf_addf(key, "%lld", (long long)settings_int(settings, option->dest));
		break;
	case OPTION_FLAG:
	case OPTION_FLAG_FALSE:
		strbuf_addf(key, "%d", settings_flag(settings, option->dest));
		break;
	case OPTION_LIST:
	case OPTION_COMMA_LIST:
		add_items(settings_list(settings, option->dest), key);
		break;
	case OPTION_COUNT:
	case OPTION_MAP:
	case OPTION_CONST:
	case OPTION_TYPE__COUNT:
		break;
	}
}

static void add_program_values(const struct plugin *plugin, const struct settings *settings,
			       struct strbuf *key)
{
	for (size_t i = 0; i < plugin->option_count; i++) {
		const char *dest = plugin->options[i].dest;
		const char *text = settings_program_option(settings, dest);

		if (text)
			strbuf_addf(key, " %s=%zu:%s", dest, strlen(text), text);
	}
}

/* Makes the key of an instance: the plugin's name and, for a bound plugin, the values that bind
 * it. */
static char *make_key(const struct plugin *plugin, const struct settings *settings)
{
	static const char *const shared[] = {"http01_port", "https_port", "plugin_options"};
	AUTO(strbuf) struct strbuf key = STRBUF_INIT;

	strbuf_adds(&key, plugin->name);
	if (!(plugin->flags & PLUGIN_BOUND))
		return strbuf_detach(&key);
	for (size_t i = 0; !plugin->program && i < plugin->option_count; i++)
		add_value(settings, &plugin->options[i], &key);
	for (size_t i = 0; i < ARRAY_LEN(shared); i++)
		add_value(settings, option_table_find(settings_table(settings), shared[i]), &key);
	if (plugin->program)
		add_program_values(plugin, settings, &key);
	return strbuf_detach(&key);
}

/* A host with settings of its own. */
struct bound_host {
	struct plugin_host host;
	struct settings *settings;
};

static void free_host(void *value)
{
	struct bound_host *bound = value;

	settings_free(bound->settings);
	free(bound);
}

/* Returns true when one of the parts of the name, between dashes and the like, is `word`. */
static bool has_word(const char *name, const char *word)
{
	for (const char *at = name; (at = strstr(at, word)); at++) {
		const char *end = at + strlen(word);

		if ((at == name || !ascii_is_alnum(at[-1])) && !ascii_is_alnum(*end))
			return true;
	}
	return false;
}

/* Returns the first plugin whose name, without that prefix, is a word of the name; or NULL. */
static const struct plugin *find_by_word(const struct plugin_registry *registry, const char *name,
					 const char *prefix)
{
	for (size_t i = 0; i < registry->count; i++) {
		const char *own = registry->plugins[i]->name;
		const char *word = str_starts(own, prefix) ? own + strlen(prefix) : NULL;

		if (word && strlen(word) > 2 && has_word(name, word))
			return registry->plugins[i];
	}
	return NULL;
}

/* Names under which plugins of others, and other ACME clients, know a provider that has another
 * name here. Their credentials are not the same, or the name itself would be taken. */
static const struct {
	const char *word, *present;
} other_names[] = {
	{"akamai", "dns-edgedns"},      {"alidns", "dns-aliyun"},
	{"aws", "dns-route53"},         {"dnspod", "dns-tencentcloud"},
	{"gcloud", "dns-google"},       {"huawei", "dns-huaweicloud"},
	{"mythic", "dns-mythicbeasts"}, {"ns1", "dns-nsone"},
	{"nsupdate", "dns-rfc2136"},    {"oraclecloud", "dns-oci"},
	{"pdns", "dns-powerdns"},       {"rcodezero", "dns-rcode0"},
	{"sakura", "dns-sakuracloud"},  {"tencent", "dns-tencentcloud"},
};

static const struct plugin *find_by_other_name(const struct plugin_registry *registry,
					       const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(other_names); i++)
		if (has_word(name, other_names[i].word))
			return plugin_find(registry, other_names[i].present);
	return NULL;
}

/* Returns the plugin whose name was probably mistyped, or NULL. What all DNS plugins begin with
 * says nothing: only the names of the providers are compared. */
static const struct plugin *find_mistyped(const struct plugin_registry *registry, const char *name)
{
	const char *prefix = str_starts(name, "dns-") ? "dns-" : "";
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	AUTO_FREE char *meant = NULL, *whole = NULL;

	for (size_t i = 0; i < registry->count; i++)
		if (str_starts(registry->plugins[i]->name, prefix) &&
		    !(registry->plugins[i]->flags & PLUGIN_HIDDEN))
			strvec_push(&words, registry->plugins[i]->name + strlen(prefix));
	meant = suggestion_for_word((const char *const *)words.items, name + strlen(prefix));
	whole = meant ? xasprintf("%s%s", prefix, meant) : NULL;
	return whole ? plugin_find(registry, whole) : NULL;
}

/* Returns the built-in plugin that a foreign name seems to mean, such as dns-gandi for
 * dns-gandi-livedns, or NULL. What is no DNS plugin by its name is a service first. */
static const struct plugin *find_counterpart(const struct plugin_registry *registry,
					     const char *name)
{
	const struct plugin *service = str_starts(name, "dns") ? NULL
							       : find_by_word(registry, name, "");
	const struct plugin *renamed = service ? NULL : find_by_other_name(registry, name);

	if (renamed)
		return renamed;

	return service ? service : find_by_word(registry, name, "dns-");
}

/* `searched` is the error of the search for a program; if there is a bridge, it says that the
 * bridge lacks this plugin. */
static int not_installed(const struct plugins *plugins, const char *name, const char *searched,
			 struct error *err)
{
	const struct plugin *counterpart = find_counterpart(plugins->registry, name);
	const struct plugin *mistyped = counterpart ? NULL : find_mistyped(plugins->registry, name);

	error_set(err, ERR_CONFIG, "The requested %s plugin does not appear to be installed", name);
	if (counterpart)
		return error_hint(err, "the built-in plugin %s may take its place (-a, -i)",
				  counterpart->name);
	if (mistyped)
		return error_hint(err, "did you mean %s?", mistyped->name);
	return error_hint(err,
			  "certbot-plugin-python runs it if it is a Certbot plugin that Python has "
			  "installed (%s); %s'certbot plugins' lists the plugins of this build",
			  searched ? searched : "it was not asked",
			  str_starts(name, "dns-")
				  ? "--dns-acmesh runs a script that acme.sh has for "
				    "the same provider; "
				  : "");
}

int plugins_find_row(struct plugins *plugins, const char *name, const struct plugin **ret_plugin,
		     struct error *err)
{
	AUTO(error) struct error failed = ERROR_INIT;

	*ret_plugin = plugin_find(plugins->registry, name);
	if (*ret_plugin)
		return 0;
	if (!plugins->programs)
		return not_installed(plugins, name, NULL, err);
	if (programs_find(plugins->programs, name, plugins->host.settings, ret_plugin, &failed) ==
	    0)
		return 0;
	if (failed.code == ERR_NOT_FOUND)
		return not_installed(plugins, name, failed.text, err);
	error_wrap(&failed, "the %s plugin cannot be used", name);
	return error_move(err, &failed);
}

static void close_plugin(void *instance)
{
	plugin_close(instance);
}

static void free_lock(void *lock)
{
	lock_free(lock);
}

struct plugins *plugins_new(const struct plugin_registry *registry, struct programs *programs,
			    struct network *network)
{
	struct plugins *plugins = XNEW(struct plugins);

	*plugins = (struct plugins){
		.registry = registry,
		.programs = programs,
		.network = network,
		.instances = MAP_INIT(close_plugin),
		.hosts = MAP_INIT(free_host),
		.locks = MAP_INIT(free_lock),
		.host =
			{
				.settings = network->settings,
				.ui = network->ui,
				.clock = network->clock,
				.dns = network->dns,
				.confinement = &network->confinement,
				.program_version = CERTBOT_VERSION,
				.locks = &plugins->locks,
			},
	};
	return plugins;
}

void plugins_free(struct plugins *plugins)
{
	if (!plugins)
		return;
	map_release(&plugins->instances);
	map_release(&plugins->hosts);
	map_release(&plugins->locks);
	free(plugins);
}

int plugins_host(struct plugins *plugins, const struct plugin_host **ret_host, struct error *err)
{
	if (network_http(plugins->network, &plugins->host.http, err) < 0)
		return err->code;
	plugins->host.provider_http = plugins->network->provider_http;
	*ret_host = &plugins->host;
	return 0;
}

/* Returns the host for an instance of the plugin with these settings, which lives as long as the
 * plugins. */
static const struct plugin_host *host_for(struct plugins *plugins, const struct plugin *plugin,
					  const struct settings *settings, const char *key)
{
	struct bound_host *bound;

	if (!(plugin->flags & PLUGIN_BOUND) || settings == plugins->host.settings)
		return &plugins->host;
	bound = map_get(&plugins->hosts, key);
	if (!bound) {
		bound = XNEW(struct bound_host);
		bound->settings = settings_clone(settings);
		bound->host = plugins->host;
		bound->host.settings = bound->settings;
		map_set(&plugins->hosts, key, bound);
	}
	return &bound->host;
}

int plugins_get(struct plugins *plugins, const struct settings *settings, const char *name,
		struct plugin_instance **ret_instance, struct error *err)
{
	const struct plugin *plugin = NULL;
	const struct plugin_host *host = NULL;
	AUTO_FREE char *key = NULL;

	if (plugins_find_row(plugins, name, &plugin, err) < 0)
		return err->code;
	key = make_key(plugin, settings);
	*ret_instance = map_get(&plugins->instances, key);
	if (*ret_instance)
		return 0;
	if (plugins_host(plugins, &host, err) < 0)
		return err->code;
	if (plugin_open(plugin, host_for(plugins, plugin, settings, key), ret_instance, err) < 0)
		return error_wrap(err,
				  "The %s plugin is not working; there may be problems with your "
				  "existing configuration.\nThe error was",
				  name);
	map_set(&plugins->instances, key, *ret_instance);
	return 0;
}

int plugins_get_for_role(struct plugins *plugins, const struct settings *settings, const char *name,
			 enum plugin_role role, struct plugin_instance **ret_instance,
			 struct error *err)
{
	if (plugins_get(plugins, settings, name, ret_instance, err) < 0)
		return err->code;
	if (plugin_has_role((*ret_instance)->plugin, role))
		return 0;
	error_set(err, ERR_CONFIG, "the %s plugin is not an %s", name, plugin_role_name(role));
	if (role == ROLE_AUTHENTICATOR && (*ret_instance)->plugin->authenticator_hint)
		error_hint(err, "%s", (*ret_instance)->plugin->authenticator_hint);
	/* Names such as cpanel lead to a DNS plugin, and were more elsewhere. */
	if (role == ROLE_INSTALLER && str_starts((*ret_instance)->plugin->name, "dns-"))
		error_hint(err,
			   "the built-in %s takes over answering challenges only: to go on without "
			   "an installer, 'certbot reconfigure --cert-name NAME -i null', with a "
			   "--deploy-hook that installs the certificate",
			   (*ret_instance)->plugin->name);
	else if (role == ROLE_INSTALLER)
		error_hint(err,
			   "use 'certbot certonly' to get a certificate without installing it, or "
			   "name an installer with -i");
	return err->code;
}

static int split_installers(const char *list, struct strvec *ret_names, struct error *err)
{
	installers_split(list, ret_names);
	if (ret_names->count > INSTALLERS_MAX)
		return error_set(err, ERR_CONFIG, "a certificate can have at most %d installers",
				 INSTALLERS_MAX);
	return 0;
}

int plugins_get_installers(struct plugins *plugins, const struct settings *settings,
			   const char *list, struct installers *ret, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	ret->count = 0;
	if (split_installers(list, &names, err) < 0)
		return err->code;
	for (size_t i = 0; i < names.count; i++)
		if (plugins_get_for_role(plugins, settings, names.items[i], ROLE_INSTALLER,
					 &ret->items[ret->count++], err) < 0)
			return err->code;
	return 0;
}

/* One error for all: each of the reasons names its plugin. */
static void add_reason(struct error *lost, struct error *reason)
{
	AUTO_FREE char *before = lost->text ? xstrdup(lost->text) : NULL;

	error_release(lost);
	error_move(lost, reason);
	if (before)
		REPLACE(lost->text, xasprintf("%s\n%s", before, lost->text));
}

/* A plugin that is missing is a mistake in the name, and not the state of a server. But the name in
 * a conf was right once: one of several that has been removed since must not let the certificate of
 * the others expire. */
static bool must_exist(const struct settings *settings, const struct strvec *names)
{
	return names->count < 2 || settings_origin(settings, "installer") > ORIGIN_RUNTIME;
}

int plugins_get_working(struct plugins *plugins, const struct settings *settings, const char *list,
			struct installers *ret, struct error *ret_lost, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	ret->count = 0;
	if (split_installers(list, &names, err) < 0)
		return err->code;
	for (size_t i = 0; i < names.count; i++) {
		AUTO(error) struct error failed = ERROR_INIT;
		const struct plugin *plugin = NULL;

		if (plugins_find_row(plugins, names.items[i], &plugin, &failed) == 0 &&
		    plugins_get_for_role(plugins, settings, names.items[i], ROLE_INSTALLER,
					 &ret->items[ret->count], &failed) == 0)
			ret->count++;
		else if (failed.code == ERR_CANCELLED ||
			 (plugin ? !plugin->installer : must_exist(settings, &names)))
			return error_move(err, &failed);
		else
			add_reason(ret_lost, &failed);
	}
	return 0;
}
