/*
 * Plugin choice (see select.h): what was requested, else the only one that fits, else a menu.
 */
#include "app/select.h"

#include "app/instances.h"
#include "app/plugin_menu.h"

static int choose(struct app *app, enum plugin_role role, struct plugin_instance **ret_instance,
		  struct error *err)
{
	if (ui_is_interactive(app->ui))
		return plugin_menu_choose(app, role, ret_instance, err);
	error_set(err, ERR_REFUSED,
		  "Missing command line flags. For non-interactive execution, you will need to "
		  "specify a plugin on the command line.  Run with '--help plugins' to see a list "
		  "of options.");
	return err->code;
}

/* A role to be filled. */
struct vacancy {
	enum plugin_role role;
	const char *requested; /* plugin, or NULL */
	bool needed;
};

static int resolve(struct app *app, const struct settings *settings, const struct vacancy *vacancy,
		   struct plugin_instance **ret_instance, struct error *err)
{
	*ret_instance = NULL;
	if (vacancy->requested)
		return instances_get_for_role(app, settings, vacancy->requested, vacancy->role,
					      ret_instance, err);
	return vacancy->needed ? choose(app, vacancy->role, ret_instance, err) : 0;
}

int select_plugins(struct app *app, struct settings *settings, unsigned need,
		   struct selection *ret_selection, struct error *err)
{
	struct plugin_choice choice;
	struct selection *out = ret_selection;
	struct vacancy authenticator, installer;

	*out = (struct selection){.authenticator = NULL};
	if (plugin_requested(app->registry, settings, &choice, err) < 0)
		return err->code;
	if (need == (SELECT_AUTHENTICATOR | SELECT_INSTALLER) && choice.authenticator &&
	    !choice.installer) {
		const struct plugin *plugin = NULL;

		if (app_find_plugin(app, choice.authenticator, &plugin, err) < 0)
			return err->code;
		if (plugin->authenticator && !plugin->installer) {
			error_set(err, ERR_CONFIG,
				  "The specified plugins do not include an installer: %s only "
				  "obtains certificates",
				  plugin->name);
			return error_hint(err,
					  "use 'certbot certonly -a %s ...', or name an installer "
					  "with -i",
					  plugin->name);
		}
	}
	authenticator = (struct vacancy){ROLE_AUTHENTICATOR, choice.authenticator, true};
	if (need & SELECT_AUTHENTICATOR &&
	    resolve(app, settings, &authenticator, &out->authenticator, err) < 0)
		return err->code;
	if (!choice.installer && need & SELECT_INSTALLER && out->authenticator &&
	    !choice.authenticator && out->authenticator->plugin->installer)
		choice.installer = out->authenticator->plugin->name;
	installer = (struct vacancy){ROLE_INSTALLER, choice.installer, need & SELECT_INSTALLER};
	if (resolve(app, settings, &installer, &out->installer, err) < 0)
		return err->code;
	if (out->authenticator)
		settings_set_string(settings, "authenticator", out->authenticator->plugin->name,
				    ORIGIN_RUNTIME);
	if (out->installer)
		settings_set_string(settings, "installer", out->installer->plugin->name,
				    ORIGIN_RUNTIME);
	return 0;
}
