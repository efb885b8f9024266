/*
 * Keys and hosts of plugin instances (see instances.h).
 */
#include "app/instances.h"

#include "base/alloc.h"

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
	case OPTION_COUNT:
	case OPTION_MAP:
	case OPTION_CONST:
	case OPTION_TYPE__COUNT:
		break;
	}
}

char *instances_key(const struct plugin *plugin, const struct settings *settings)
{
	static const char *const ports[] = {"http01_port", "https_port"};
	AUTO(strbuf) struct strbuf key = STRBUF_INIT;

	strbuf_adds(&key, plugin->name);
	if (!(plugin->flags & PLUGIN_BOUND))
		return strbuf_detach(&key);
	for (size_t i = 0; i < plugin->option_count; i++)
		add_value(settings, &plugin->options[i], &key);
	for (size_t i = 0; i < ARRAY_LEN(ports); i++)
		add_value(settings, option_table_find(settings_table(settings), ports[i]), &key);
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

const struct plugin_host *instances_host(struct app *app, const struct plugin *plugin,
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
