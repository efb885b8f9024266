/*
 * Runs deploy hooks so that none is lost (see deploy_hooks.h): a hook is recorded in the conf as
 * owed until it has succeeded, and a later run runs it again.
 */
#include "app/renewal/deploy_hooks.h"

#include "app/debts/outputs.h"
#include "store/renewal/renewal_state.h"
#include "base/log.h"
#include "store/lineage/lineage_conf.h"

int deploy_hooks_run(struct hooks *hooks, const struct settings *settings, struct lineage *lineage,
		     const struct strvec *names, struct error *err)
{
	const struct hooks_lineage told = {lineage_live_dir(lineage), names};
	struct ini *conf = lineage_conf(lineage);
	AUTO(error) struct error failed = ERROR_INIT;

	if (!hooks_want_deploy(hooks, settings) && !renewal_state_deploy_pending(conf))
		return 0;
	/* A hook that copies an output must not run before the output has been written. */
	if (outputs_are_owed(lineage) && !settings_flag(settings, "dry_run")) {
		log_warning("The deploy hooks of %s wait until its outputs are written.",
			    lineage_name(lineage));
		return 0;
	}
	/* ERR_PLUGIN: a hook ran and failed. Certbot forgets such a hook until the next renewal;
	 * here it is run again. */
	if (hooks_run_deploy(hooks, settings, &told, &failed) < 0 && failed.code != ERR_PLUGIN)
		return error_move(err, &failed);
	if (settings_flag(settings, "dry_run"))
		return 0;
	if (error_is_set(&failed))
		log_error("The deploy hooks of %s will be run again by the next 'certbot renew'.",
			  lineage_name(lineage));
	renewal_state_set_deploy_pending(conf, error_is_set(&failed));
	return lineage_save_conf(lineage, err);
}
