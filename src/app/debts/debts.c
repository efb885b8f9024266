/*
 * Records and settles what a change of live/ makes necessary (see debts.h). A debt is recorded
 * before the change, so that a crash between the two cannot lose it.
 */
#include "app/debts/debts.h"

#include "app/debts/hooks.h"
#include "store/renewal/renewal_state.h"
#include "base/log.h"
#include "config/key_types.h"
#include "config/services.h"
#include "store/journal/lineage_change.h"
#include "store/lineage/lineage_conf.h"
#include "store/lineage/lineage_generation.h"
#include "store/lineage/lineage.h"

bool debts_installers_prove(const struct plugin_registry *registry, const struct strvec *names)
{
	for (size_t i = 0; i < names->count; i++) {
		const struct plugin *plugin = plugin_find(registry, names->items[i]);

		if (plugin && plugin->installer && plugin->installer->prove)
			return true;
	}
	return false;
}

/* Reads the plugin's row: the plugin must not be started merely to learn that it has none. */
bool debts_has_outputs(const struct plugins *plugins, const char *installer)
{
	const struct plugin *plugin = plugin_find(plugins->registry, installer);

	return plugin && plugin->installer && plugin->installer->outputs;
}

bool debts_of_outputs(const struct plugins *plugins, const struct settings *settings)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	installers_of(settings, &names);
	for (size_t i = 0; i < names.count; i++)
		if (debts_has_outputs(plugins, names.items[i]))
			return true;
	return false;
}

bool debts_hears(const struct installer *installer)
{
	return installer->renewed || installer->outputs || installer->service;
}

/* A plugin that is a program has a row only when it has been asked for one. It takes copies. */
bool debts_installers_hear(const struct plugin_registry *registry, const struct strvec *names)
{
	for (size_t i = 0; i < names->count; i++) {
		const struct plugin *plugin = plugin_find(registry, names->items[i]);

		if (!plugin || (plugin->installer && debts_hears(plugin->installer)))
			return true;
	}
	return false;
}

/* Values as they are in the conf: two that mean the same may differ, which costs an installation
 * that changes nothing. */
static void add_option_values(const struct plugin *plugin, const struct ini_section *params,
			      struct strbuf *out)
{
	for (size_t i = 0; i < plugin->option_count; i++) {
		const char *value = ini_peek(params, plugin->options[i].dest);

		if (value)
			strbuf_addf(out, "%s = %s\n", plugin->options[i].dest, value);
	}
}

void debts_installer_options(struct plugins *plugins, const struct lineage *lineage,
			     struct strbuf *out)
{
	const struct ini_section *params = lineage_params(lineage);
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	installers_present(lineage_conf(lineage), &names);
	if (!params || !debts_installers_hear(plugins->registry, &names))
		return;
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.items[i];
		AUTO(error) struct error missing = ERROR_INIT;
		const struct plugin *plugin = NULL;

		strbuf_addf(out, "%s\n", name);
		if (plugins_find_row(plugins, name, &plugin, &missing) == 0)
			add_option_values(plugin, params, out);
	}
}

void debts_add_installation(struct debts *debts, const struct settings *settings)
{
	debts->installation = true;
	if (settings_is_set_by_user(settings, "https_port"))
		debts->https_port = settings_int(settings, "https_port");
}

void debts_note_installation(const struct plugins *plugins, const struct settings *settings,
			     struct lineage *lineage)
{
	struct debts debts = debts_of(plugins, settings);

	/* Hooks belong to a new certificate. */
	debts.deploy_hook = false;
	debts_add_installation(&debts, settings);
	debts_note(&debts, lineage_conf(lineage));
}

/* Returns true if one of the conf's installers is among those of the settings and has to be told of
 * renewals: a web server that reads live/ by itself is never owed an installation. */
static bool is_recorded_installer(const struct plugins *plugins, const struct settings *settings,
				  const struct ini *conf)
{
	AUTO(strvec) struct strvec recorded = STRVEC_INIT, both = STRVEC_INIT;

	installers_present(conf, &recorded);
	for (size_t i = 0; i < recorded.count; i++)
		if (installers_include(settings, recorded.items[i]))
			strvec_push(&both, recorded.items[i]);
	return debts_installers_hear(plugins->registry, &both);
}

int debts_keep_installation(const struct plugins *plugins, const struct settings *settings,
			    struct lineage *lineage, struct error *err)
{
	AUTO(error) struct error unsaved = ERROR_INIT;

	if (!is_recorded_installer(plugins, settings, lineage_conf(lineage)))
		return err->code;
	debts_note_installation(plugins, settings, lineage);
	if (lineage_save_conf(lineage, &unsaved) < 0) {
		log_error("cannot record that the installation is owed: %s", unsaved.text);
		return err->code;
	}
	return error_hint(err, "the next 'certbot renew' tries again");
}

struct debts debts_of(const struct plugins *plugins, const struct settings *settings)
{
	AUTO(strvec) struct strvec installers = STRVEC_INIT;

	installers_of(settings, &installers);
	return (struct debts){
		.deploy_hook = hooks_has_deploy(settings_config_dir(plugins->host.settings),
						settings),
		.reload = settings_string(settings, "installer") != NULL,
		.outputs = debts_of_outputs(plugins, settings),
		.proof = debts_installers_prove(plugins->registry, &installers),
	};
}

/* A conf must say how its certificate was obtained. The same words as Certbot's. Confs without an
 * authenticator were written by hand or by old versions. */
static int check_params(const struct lineage *lineage, struct error *err)
{
	const struct ini_section *params = lineage_params(lineage);

	if (!params)
		return error_set(err, ERR_CONFIG,
				 "Renewal configuration file %s lacks renewalparams.",
				 lineage_conf_path(lineage));
	if (!ini_has(params, "authenticator"))
		return error_set(err, ERR_CONFIG,
				 "Renewal configuration file %s does not specify an authenticator.",
				 lineage_conf_path(lineage));
	return 0;
}

/* Certbot does not keep --https-port, because nothing but an installation needs it. */
static void restore_port(struct settings *settings, const struct lineage *lineage)
{
	int64_t port = renewal_state_installation_port(lineage_conf(lineage));

	if (port && !settings_is_set_by_user(settings, "https_port"))
		settings_set_int(settings, "https_port", port, ORIGIN_RENEWAL_CONF);
}

int debts_restore(const struct settings *run_settings, const struct lineage *lineage,
		  struct settings **ret_settings, struct error *err)
{
	AUTO(settings) struct settings *settings = NULL;
	AUTO(error) struct error unreadable = ERROR_INIT;

	if (check_params(lineage, err) < 0)
		return err->code;
	settings = settings_clone(run_settings);
	if (settings_restore(settings, lineage_params(lineage), &unreadable) < 0 ||
	    installers_restore(settings, lineage_conf(lineage), &unreadable) < 0)
		return error_set(err, ERR_CONFIG,
				 "An error occurred while parsing %s. The error was: %s.",
				 lineage_conf_path(lineage), unreadable.text);
	restore_port(settings, lineage);
	key_types_restore(settings, lineage_second_of_conf(lineage_conf(lineage)));
	*ret_settings = STEAL(settings);
	return 0;
}

struct settings *debts_settings(const struct settings *run_settings, const struct lineage *lineage)
{
	struct settings *settings = settings_clone(run_settings);
	AUTO(error) struct error unusable = ERROR_INIT;

	if (lineage_params(lineage) &&
	    (settings_restore(settings, lineage_params(lineage), &unusable) < 0 ||
	     installers_restore(settings, lineage_conf(lineage), &unusable) < 0))
		log_debug("the options of '%s' are not restored: %s", lineage_name(lineage),
			  unusable.text);
	restore_port(settings, lineage);
	key_types_restore(settings, lineage_second_of_conf(lineage_conf(lineage)));
	return settings;
}

void debts_note(const void *debts, struct ini *conf)
{
	const struct debts *owed = debts;

	if (owed->deploy_hook)
		renewal_state_set_deploy_pending(conf, true);
	if (owed->outputs || services_in_conf(conf, "outputs"))
		renewal_state_set_outputs_pending(conf, true);
	if ((owed->proof && !services_are_off(conf, "prove")) || services_in_conf(conf, "prove"))
		renewal_state_set_proof_pending(conf, true);
	if (owed->reload)
		renewal_state_set_reload_pending(conf, true);
	if (owed->installation)
		renewal_state_set_installation_pending(conf, owed->https_port);
}

void debts_note_services(const struct settings *settings, struct ini *conf)
{
	services_note_others(settings, conf);
	if (services_is_given(settings, "prove"))
		renewal_state_set_proof_pending(conf, services_in_conf(conf, "prove"));
}

int debts_clear_reload(struct lineage *lineage, struct error *err)
{
	renewal_state_set_reload_pending(lineage_conf(lineage), false);
	return lineage_save_conf(lineage, err);
}

int debts_show_pending(const struct plugins *plugins, const struct settings *settings,
		       struct lineage *lineage, bool *ret_switched, struct error *err)
{
	struct debts debts;
	struct lineage_deployment deployment = {.note = debts_note, .debts = &debts};
	AUTO(lineage_change) struct lineage_change change = LINEAGE_CHANGE_INIT;

	*ret_switched = false;
	if (!lineage_has_pending(lineage))
		return 0;
	debts = debts_of(plugins, settings);
	change.reason = "an interrupted run had stored it, or links were missing";
	lineage_change_begin(plugins->network->changes, lineage, &change);
	if (lineage_deploy(lineage, &deployment, err) < 0)
		return err->code;
	*ret_switched = deployment.switched;
	if (deployment.switched)
		lineage_change_end(&change, lineage, lineage_current_version(lineage),
				   "showed the newest generation of");
	return 0;
}
