/*
 * Keeps plugin instances for the length of a run (see instances.h). The key of an instance is the
 * plugin's name and, for a plugin that is bound to one server, its options: two lineages that
 * differ in these are served by different instances.
 */
#include "app/plugins/instances.h"

#include <string.h>

#include "base/alloc.h"
#include "config/services.h"

/* Each with its length: where one ends and the next begins is no matter of their bytes. */
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

/* What an instance is found by: the plugin's name and, for a bound one, the values that bind it. */
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

void instances_free_host(void *value)
{
	struct bound_host *bound = value;

	settings_free(bound->settings);
	free(bound);
}

/* The host for an instance of the plugin with these settings; lives as long as the app. */
static const struct plugin_host *host_for(struct app *app, const struct plugin *plugin,
					  const struct settings *settings, const char *key)
{
	struct bound_host *bound;

	if (!(plugin->flags & PLUGIN_BOUND) || settings == app->settings)
		return &app->host;
	bound = map_get(&app->hosts, key);
	if (!bound) {
		bound = XNEW(struct bound_host);
		bound->settings = settings_clone(settings);
		bound->host = app->host;
		bound->host.settings = bound->settings;
		map_set(&app->hosts, key, bound);
	}
	return &bound->host;
}

int instances_get(struct app *app, const struct settings *settings, const char *name,
		  struct plugin_instance **ret_instance, struct error *err)
{
	const struct plugin *plugin = NULL;
	struct http_client *http = NULL;
	AUTO_FREE char *key = NULL;

	if (app_find_plugin(app, name, &plugin, err) < 0)
		return err->code;
	key = make_key(plugin, settings);
	*ret_instance = map_get(&app->instances, key);
	if (*ret_instance)
		return 0;
	if (app_http(app, &http, err) < 0)
		return err->code;
	if (plugin_open(plugin, host_for(app, plugin, settings, key), ret_instance, err) < 0)
		return error_wrap(err,
				  "The %s plugin is not working; there may be problems with your "
				  "existing configuration.\nThe error was",
				  name);
	map_set(&app->instances, key, *ret_instance);
	return 0;
}

int instances_get_for_role(struct app *app, const struct settings *settings, const char *name,
			   enum plugin_role role, struct plugin_instance **ret_instance,
			   struct error *err)
{
	if (instances_get(app, settings, name, ret_instance, err) < 0)
		return err->code;
	if (plugin_has_role((*ret_instance)->plugin, role))
		return 0;
	error_set(err, ERR_CONFIG, "the %s plugin is not an %s", name, plugin_role_name(role));
	if (role == ROLE_AUTHENTICATOR && (*ret_instance)->plugin->authenticator_hint)
		error_hint(err, "%s", (*ret_instance)->plugin->authenticator_hint);
	if (role == ROLE_INSTALLER)
		error_hint(err,
			   "use 'certbot certonly' to get a certificate without installing it, or "
			   "name an installer with -i");
	return err->code;
}

int instances_get_installers(struct app *app, const struct settings *settings, const char *list,
			     struct installers *ret, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	ret->count = 0;
	installers_split(list, &names);
	if (names.count > ARRAY_LEN(ret->items))
		return error_set(err, ERR_CONFIG, "a certificate can have at most %zu installers",
				 ARRAY_LEN(ret->items));
	for (size_t i = 0; i < names.count; i++)
		if (instances_get_for_role(app, settings, names.items[i], ROLE_INSTALLER,
					   &ret->items[ret->count++], err) < 0)
			return err->code;
	return 0;
}
