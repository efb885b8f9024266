/*
 * Finds plugins by name and reads from the flags which ones were requested. The dest of a selector
 * flag (--nginx, --webroot, --dns-cloudflare) is the plugin's name with underscores, so no list of
 * them is needed.
 */
#include "plugin/registry.h"

#include <string.h>

#include "base/alloc.h"
#include "config/services.h"
#include "config/plugin_names.h"

const struct plugin *plugin_find(const struct plugin_registry *registry, const char *name)
{
	name = plugin_name_present(name);
	for (size_t i = 0; i < registry->count; i++)
		if (strcmp(registry->plugins[i]->name, name) == 0)
			return registry->plugins[i];
	return NULL;
}

const char *plugin_role_name(enum plugin_role role)
{
	return role == ROLE_AUTHENTICATOR ? "authenticator" : "installer";
}

bool plugin_has_role(const struct plugin *plugin, enum plugin_role role)
{
	return role == ROLE_AUTHENTICATOR ? plugin->authenticator != NULL
					  : plugin->installer != NULL;
}

bool plugin_installs_for(const struct settings *settings, const struct plugin *plugin)
{
	return installers_include(settings, plugin->name);
}

/* A flag may name one of the installers of -i again. */
static bool is_named(const char *text, const char *name, enum plugin_role role)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (role == ROLE_AUTHENTICATOR)
		return strcmp(text, name) == 0;
	installers_split(text, &names);
	return strvec_contains(&names, name);
}

/* Notes one request for a role; a second, different one is an error. */
static int request(const char **slot, const char *name, enum plugin_role role, struct error *err)
{
	if (*slot && is_named(*slot, name, role))
		return 0;
	if (*slot)
		return error_set(err, ERR_CONFIG, "Too many flags setting %ss '%s' -> '%s'",
				 plugin_role_name(role), *slot, name);
	*slot = name;
	return 0;
}

static int request_both(struct plugin_choice *choice, const struct plugin *plugin, const char *name,
			struct error *err)
{
	if ((!plugin || plugin->authenticator) &&
	    request(&choice->authenticator, name, ROLE_AUTHENTICATOR, err) < 0)
		return err->code;
	if (plugin && plugin->installer)
		return request(&choice->installer, name, ROLE_INSTALLER, err);
	return 0;
}

/* True when the plugin's own selector flag ("--nginx", dest "nginx") was given. */
static bool selected_by_flag(const struct settings *settings, const struct plugin *plugin)
{
	AUTO_FREE char *dest = xstrdup(plugin->name);
	const struct option *option;

	for (char *c = dest; *c; c++)
		if (*c == '-')
			*c = '_';
	option = option_table_find(settings_table(settings), dest);
	return option && option->type == OPTION_FLAG && settings_flag(settings, dest);
}

int plugin_requested(const struct plugin_registry *registry, const struct settings *settings,
		     struct plugin_choice *ret_choice, struct error *err)
{
	struct plugin_choice choice = {settings_string(settings, "authenticator"),
				       settings_string(settings, "installer")};
	const char *both = settings_string(settings, "configurator");

	if (both && request_both(&choice, plugin_find(registry, both), both, err) < 0)
		return err->code;
	for (size_t i = 0; i < registry->count; i++) {
		const struct plugin *plugin = registry->plugins[i];

		if (selected_by_flag(settings, plugin) &&
		    request_both(&choice, plugin, plugin->name, err) < 0)
			return err->code;
	}
	*ret_choice = choice;
	return 0;
}
