/*
 * Chooses plugins (see select.h): the one requested, else the only one that fits, else from a menu.
 */
#include "instances/select.h"

#include "base/alloc.h"
#include "base/log.h"
#include "config/plugin_names.h"
#include "config/services.h"
#include "instances/plugin_menu.h"

static int choose(struct plugins *plugins, enum plugin_role role,
		  struct plugin_instance **ret_instance, struct error *err)
{
	if (ui_is_interactive(plugins->host.ui))
		return plugin_menu_choose(plugins, role, ret_instance, err);
	error_set(err, ERR_REFUSED,
		  "Missing command line flags. For non-interactive execution, you will need to "
		  "specify a plugin on the command line.  Run with '--help plugins' to see a list "
		  "of options.");
	return err->code;
}

static int resolve_authenticator(struct plugins *plugins, const struct settings *settings,
				 const char *requested, struct plugin_instance **ret_instance,
				 struct error *err)
{
	if (requested)
		return plugins_get_for_role(plugins, settings, requested, ROLE_AUTHENTICATOR,
					    ret_instance, err);
	return choose(plugins, ROLE_AUTHENTICATOR, ret_instance, err);
}

/* The reason is told when the installer is needed, if it does not work by then either. */
static int resolve_working(struct plugins *plugins, const struct settings *settings,
			   const char *requested, struct installers *ret, struct error *err)
{
	AUTO(error) struct error lost = ERROR_INIT;

	if (plugins_get_working(plugins, settings, requested, ret, &lost, err) < 0)
		return err->code;
	if (error_is_set(&lost))
		log_debug("%s", lost.text);
	return 0;
}

static int resolve_installers(struct plugins *plugins, const struct settings *settings,
			      const char *requested, unsigned need, struct installers *ret,
			      struct error *err)
{
	if (requested && need & SELECT_WORKING)
		return resolve_working(plugins, settings, requested, ret, err);
	if (requested)
		return plugins_get_installers(plugins, settings, requested, ret, err);
	if (!(need & SELECT_INSTALLER))
		return 0;
	if (choose(plugins, ROLE_INSTALLER, &ret->items[0], err) < 0)
		return err->code;
	ret->count = 1;
	return 0;
}

static void store_names(struct settings *settings, const struct strvec *names)
{
	AUTO_FREE char *joined = strvec_join(names, ",");

	if (names->count)
		settings_set_string(settings, "installer", joined, ORIGIN_RUNTIME);
}

static void store_installers(struct settings *settings, const struct installers *installers)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	for (size_t i = 0; i < installers->count; i++)
		strvec_push(&names, installers->items[i]->plugin->name);
	store_names(settings, &names);
}

/* Also those that do not work now: they are owed what the others do. */
static void store_requested(struct settings *settings, const char *requested)
{
	AUTO(strvec) struct strvec given = STRVEC_INIT, names = STRVEC_INIT;

	installers_split(requested, &given);
	for (size_t i = 0; i < given.count; i++)
		strvec_push_unique(&names, plugin_name_present(given.items[i]));
	store_names(settings, &names);
}

/* Where both roles are needed and only an authenticator was named: fails now rather than after the
 * certificate has been issued. */
static int check_installs(struct plugins *plugins, const char *authenticator, struct error *err)
{
	const struct plugin *plugin = NULL;

	if (plugins_find_row(plugins, authenticator, &plugin, err) < 0)
		return err->code;
	if (!plugin->authenticator || plugin->installer)
		return 0;
	error_set(err, ERR_CONFIG,
		  "The specified plugins do not include an installer: %s only obtains certificates",
		  plugin->name);
	return error_hint(err, "use 'certbot certonly -a %s ...', or name an installer with -i",
			  plugin->name);
}

/* The installer that was named or, after a menu of authenticators, the plugin chosen there if it is
 * an installer as well: nobody wants to be asked for nginx twice. NULL: neither. */
static const char *named_installer(const struct plugin_choice *choice,
				   const struct plugin_instance *authenticator)
{
	if (choice->installer || choice->authenticator || !authenticator)
		return choice->installer;
	return authenticator->plugin->installer ? authenticator->plugin->name : NULL;
}

int select_plugins(struct plugins *plugins, struct settings *settings, unsigned need,
		   struct selection *ret_selection, struct error *err)
{
	struct plugin_choice choice;
	struct selection *out = ret_selection;
	const char *installer;

	*out = (struct selection){.authenticator = NULL};
	if (plugin_requested(plugins->registry, settings, &choice, err) < 0)
		return err->code;
	if (need == (SELECT_AUTHENTICATOR | SELECT_INSTALLER) && choice.authenticator &&
	    !choice.installer && check_installs(plugins, choice.authenticator, err) < 0)
		return err->code;
	if (need & SELECT_AUTHENTICATOR &&
	    resolve_authenticator(plugins, settings, choice.authenticator, &out->authenticator,
				  err) < 0)
		return err->code;
	installer = need & SELECT_INSTALLER ? named_installer(&choice, out->authenticator)
					    : choice.installer;
	if (resolve_installers(plugins, settings, installer, need, &out->installers, err) < 0)
		return err->code;
	if (out->authenticator)
		settings_set_string(settings, "authenticator", out->authenticator->plugin->name,
				    ORIGIN_RUNTIME);
	if (need & SELECT_WORKING)
		store_requested(settings, installer);
	else
		store_installers(settings, &out->installers);
	return 0;
}
