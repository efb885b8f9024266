/*
 * Plugin choice (see select.h): what was requested, else the only one that fits, else a menu.
 */
#include "app/select.h"

#include <string.h>

#include "app/instances.h"
#include "base/alloc.h"

static int open_for_role(struct app *app, const struct settings *settings, const char *name,
			 enum plugin_role role, struct plugin_instance **ret_instance,
			 struct error *err)
{
	if (instances_get(app, settings, name, ret_instance, err) < 0)
		return err->code;
	if (plugin_has_role((*ret_instance)->plugin, role))
		return 0;
	error_set(err, ERR_CONFIG, "the %s plugin is no %s", name, plugin_role_name(role));
	if (role == ROLE_INSTALLER)
		error_hint(err,
			   "use 'certbot certonly' to get a certificate without installing it, or "
			   "name an installer with -i");
	return err->code;
}

/* A plugin that could be offered, and why it is not usable right now. */
struct candidate {
	const struct plugin *plugin;
	struct plugin_instance *instance; /* NULL: misconfigured */
	char *fault;
};

struct candidates {
	struct candidate *items;
	size_t count, capacity;
};

static void candidates_release(struct candidates *candidates)
{
	for (size_t i = 0; i < candidates->count; i++)
		free(candidates->items[i].fault);
	free(candidates->items);
}
DEFINE_AUTO(candidates, candidates_release);

/* Tries every visible plugin of the role; those whose software is not there are left out. */
static void find_candidates(struct app *app, enum plugin_role role, struct candidates *ret)
{
	for (size_t i = 0; i < app->registry->count; i++) {
		const struct plugin *plugin = app->registry->plugins[i];
		struct candidate candidate = {.plugin = plugin};
		AUTO(error) struct error err = ERROR_INIT;

		if (plugin->flags & PLUGIN_HIDDEN || !plugin_has_role(plugin, role))
			continue;
		if (instances_get(app, app->settings, plugin->name, &candidate.instance, &err) <
		    0) {
			if (err.code == ERR_NOT_FOUND)
				continue;
			candidate.fault = xstrdup(err.text);
		}
		ARRAY_GROW(ret->items, ret->count, ret->capacity);
		ret->items[ret->count++] = candidate;
	}
}

static int ask(struct app *app, enum plugin_role role, const struct candidates *candidates,
	       struct plugin_instance **ret_instance, struct error *err)
{
	AUTO(strvec) struct strvec labels = STRVEC_INIT;
	struct ui_question question = {
		.text = role == ROLE_AUTHENTICATOR
				? "How would you like to authenticate with the ACME CA?"
				: "How would you like to install certificates?",
		.flag = role == ROLE_AUTHENTICATOR ? "--authenticator" : "--installer",
		.fallback = UI_NO_FALLBACK,
	};

	for (size_t i = 0; i < candidates->count; i++) {
		const struct candidate *candidate = &candidates->items[i];

		strvec_pushf(&labels, "%s (%s)%s", candidate->plugin->description,
			     candidate->plugin->name,
			     candidate->instance ? "" : " [Misconfigured]");
	}
	question.choices = (const char *const *)labels.items;
	question.choice_count = labels.count;
	for (;;) {
		size_t chosen = 0;

		if (ui_menu(app->ui, &question, &chosen, err) < 0)
			return err->code;
		*ret_instance = candidates->items[chosen].instance;
		if (*ret_instance)
			return 0;
		ui_say(app->ui, "%s", candidates->items[chosen].fault);
	}
}

static int choose(struct app *app, enum plugin_role role, struct plugin_instance **ret_instance,
		  struct error *err)
{
	AUTO(candidates) struct candidates candidates = {.items = NULL};

	if (!ui_is_interactive(app->ui)) {
		error_set(
			err, ERR_REFUSED,
			"Missing command line flags. For non-interactive execution, you will need "
			"to specify a plugin on the command line.  Run with '--help plugins' to "
			"see a list of options.");
		return err->code;
	}
	find_candidates(app, role, &candidates);
	if (candidates.count == 1 && candidates.items[0].instance) {
		*ret_instance = candidates.items[0].instance;
		return 0;
	}
	if (candidates.count > 1)
		return ask(app, role, &candidates, ret_instance, err);
	if (role == ROLE_INSTALLER)
		return error_set(err, ERR_CONFIG,
				 "Certbot doesn't know how to automatically configure the web "
				 "server on this system. However, it can still get a certificate "
				 "for you. Please run \"certbot certonly\" to do so.");
	return error_set(err, ERR_CONFIG,
			 "The authenticator could not be determined; name one with -a");
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
		return open_for_role(app, settings, vacancy->requested, vacancy->role, ret_instance,
				     err);
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
