/*
 * Records and settles what a change of live/ makes necessary (see debts.h). A debt is recorded
 * before the change, so that a crash between the two cannot lose it.
 */
#include "app/debts/debts.h"

#include "app/debts/hooks.h"
#include "app/debts/outputs.h"
#include "store/renewal/renewal_state.h"
#include "base/log.h"
#include "config/services.h"
#include "store/journal/lineage_change.h"
#include "store/lineage/lineage_conf.h"
#include "store/lineage/lineage_generation.h"

bool debts_installers_prove(const struct plugin_registry *registry, const struct strvec *names)
{
	for (size_t i = 0; i < names->count; i++) {
		const struct plugin *plugin = plugin_find(registry, names->items[i]);

		if (plugin && plugin->installer && plugin->installer->prove)
			return true;
	}
	return false;
}

struct debts debts_of(const struct plugins *plugins, const struct settings *settings)
{
	AUTO(strvec) struct strvec installers = STRVEC_INIT;

	installers_of(settings, &installers);
	return (struct debts){
		.deploy_hook = hooks_has_deploy(settings_config_dir(plugins->host.settings),
						settings),
		.reload = settings_string(settings, "installer") != NULL,
		.outputs = outputs_of_installers(plugins, settings),
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
