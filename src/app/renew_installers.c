/*
 * Installers at the end of `renew` (see renew_installers.h). Nothing is installed anew: servers
 * know the files of live/ already.
 */
#include "app/renew_installers.h"

#include <string.h>

#include "app/identifiers.h"
#include "base/alloc.h"
#include "base/log.h"

static bool is_renewed(const struct renewal *renewal)
{
	return renewal->selection.authenticator && !error_is_set(&renewal->request.error);
}

static void note_failure(struct renew_scan *scan, const struct plugin_instance *installer,
			 const struct error *reason)
{
	log_error("The %s server could not follow the renewal: %s", installer->plugin->name,
		  reason->text);
	if (reason->hint)
		log_error("Hint: %s", reason->hint);
	strvec_pushf(&scan->lists->failed, "%s server", installer->plugin->name);
}

/* True when an earlier due lineage reloads the same server. */
static bool is_reloaded(const struct renew_scan *scan, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (scan->due[i]->selection.installer == scan->due[index]->selection.installer &&
		    is_renewed(scan->due[i]) && !settings_flag(scan->due[i]->settings, "dry_run"))
			return true;
	return false;
}

void renew_installers_reload(struct app *app, struct renew_scan *scan)
{
	for (size_t i = 0; i < scan->due_count; i++) {
		const struct renewal *renewal = scan->due[i];
		struct plugin_instance *installer = renewal->selection.installer;
		AUTO(error) struct error err = ERROR_INIT;

		if (!installer || !is_renewed(renewal) ||
		    settings_flag(renewal->settings, "dry_run") || is_reloaded(scan, i))
			continue;
		ui_say(app->ui, "Reloading %s server after certificate renewal",
		       installer->plugin->name);
		if (installer->plugin->installer->reload(installer, &err) < 0)
			note_failure(scan, installer, &err);
	}
}

bool renew_installers_want(const struct app *app, const struct renewal *renewal)
{
	const char *name = settings_string(renewal->settings, "installer");
	const struct plugin *plugin = name ? plugin_find(app->registry, name) : NULL;

	return plugin && plugin->installer && plugin->installer->update &&
	       !settings_flag(app->settings, "disable_renew_updates") &&
	       !settings_flag(app->settings, "dry_run");
}

static int update_one(struct app *app, const struct renewal *renewal, struct error *err)
{
	const char *name = settings_string(renewal->settings, "installer");
	AUTO(acme_identifiers) struct acme_identifiers identifiers = ACME_IDENTIFIERS_INIT;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	struct plugin_instance *installer = NULL;
	struct deploy_task task = {
		.lineage = renewal->name,
		.names = &names,
		.cert_path = lineage_live_path(renewal->lineage, STORE_CERT),
		.key_path = lineage_live_path(renewal->lineage, STORE_PRIVKEY),
		.chain_path = lineage_live_path(renewal->lineage, STORE_CHAIN),
		.fullchain_path = lineage_live_path(renewal->lineage, STORE_FULLCHAIN),
		.settings = renewal->settings,
		.error = ERROR_INIT,
		.places = STRVEC_INIT,
	};

	if (app_plugin(app, renewal->settings, name, &installer, err) < 0 ||
	    identifiers_from_lineage(renewal->lineage, &identifiers, NULL, err) < 0)
		return err->code;
	identifiers_to_names(&identifiers, &names);
	if (installer->plugin->installer->update(installer, &task, 1, is_renewed(renewal), err) ==
		    0 &&
	    error_is_set(&task.error))
		error_move(err, &task.error);
	error_release(&task.error);
	strvec_release(&task.places);
	return err->code;
}

static void update_all(struct app *app, struct renew_scan *scan, struct renewal *const *renewals,
		       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		AUTO(error) struct error err = ERROR_INIT;

		if (!renew_installers_want(app, renewals[i]) ||
		    update_one(app, renewals[i], &err) == 0)
			continue;
		log_error("The installer of %s could not bring its settings up to date: %s",
			  renewals[i]->name, err.text);
		strvec_pushf(&scan->lists->failed, "%s settings of the server", renewals[i]->name);
	}
}

void renew_installers_update(struct app *app, struct renew_scan *scan)
{
	update_all(app, scan, scan->due, scan->due_count);
	update_all(app, scan, scan->others, scan->others_count);
}
