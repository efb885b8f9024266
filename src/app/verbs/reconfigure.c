/*
 * Changes renewal options safely (see reconfigure.h): a rehearsal with the new options comes first,
 * and the conf changes only if it succeeds.
 */
#include "app/verbs/reconfigure.h"
#include "app/verbs/installer_record.h"

#include <string.h>

#include "app/debts/debts.h"
#include "app/renewal/deploy.h"
#include "app/renewal/deploy_hooks.h"
#include "app/debts/hooks.h"
#include "app/keys/dane.h"
#include "app/keys/keys.h"
#include "app/issue/csr_source.h"
#include "app/issue/fallback.h"
#include "app/issue/identifiers.h"
#include "app/debts/outputs.h"
#include "app/verbs/pick.h"
#include "app/issue/rehearsal.h"
#include "app/renewal/renewal.h"
#include "store/renewal/renewal_state.h"
#include "app/renewal/served.h"
#include "base/alloc.h"
#include "config/services.h"
#include "store/journal/lineage_change.h"
#include "store/lineage/lineage.h"
#include "store/lineage/lineage_conf.h"
#include "store/lineage/lineage_links.h"

/* CA and account cannot be changed this way: the next certificate would come from elsewhere,
 * without having been tried. Certbot refuses the same two. */
static int check_unchanged(const struct renewal *renewal, const char *key, struct error *err)
{
	const char *saved = ini_peek(lineage_params(renewal->lineage), key);
	const char *now = settings_string(renewal->settings, key);

	if (!saved || !now || strcmp(saved, now) == 0)
		return 0;
	error_set(err, ERR_CONFIG, "Using reconfigure to change the ACME %s is not supported.",
		  key);
	return error_hint(err,
			  "use 'certbot renew --force-renewal --cert-name %s --%s ...' instead",
			  renewal->name, key);
}

static int ask_about_deploy_hooks(const struct ui *ui, struct settings *settings, struct error *err)
{
	static const char *const labels[] = {"Run deploy hooks", "Do not run deploy hooks"};
	const struct ui_question question = {
		.text = "You changed the deploy hook. Run deploy hooks in this test, with the "
			"current certificate?",
		.choices = labels,
		.choice_count = ARRAY_LEN(labels),
		.flag = "--run-deploy-hooks",
		.fallback = 0,
	};
	bool run = false;

	if (!settings_is_set_by_user(settings, "deploy_hook") ||
	    settings_flag(settings, "run_deploy_hooks"))
		return 0;
	if (ui_yes_no(ui, &question, &run, err) < 0)
		return err->code;
	if (run)
		settings_set_flag(settings, "run_deploy_hooks", true, ORIGIN_RUNTIME);
	return 0;
}

/* A dry run with the new options: the CA's test server where one is known, else the CA itself.
 * break_my_certs: the rehearsal replaces nothing, so the guard against test certificates must not
 * stop it. */
static int rehearse(struct app *app, struct renewal *renewal, struct error *err)
{
	struct issue_request *requests[] = {&renewal->request};
	const char *server = settings_string(renewal->settings, "server");
	const char *staging = rehearsal_server(server);
	AUTO(strvec) struct strvec none = STRVEC_INIT;
	AUTO(error) struct error post_error = ERROR_INIT;
	int rc;

	settings_set_flag(renewal->settings, "dry_run", true, ORIGIN_RUNTIME);
	settings_set_flag(renewal->settings, "break_my_certs", true, ORIGIN_RUNTIME);
	if (staging) {
		settings_set_string(renewal->settings, "server", staging, ORIGIN_COMMAND_LINE);
		settings_unset(renewal->settings, "account");
		settings_set_flag(renewal->settings, "tos", true, ORIGIN_RUNTIME);
	} else {
		settings_set_string(renewal->settings, "server", server, ORIGIN_COMMAND_LINE);
	}
	rc = renewal_prepare(app, renewal, err);
	if (rc == 0)
		rc = issue_batch(app->plugins, requests, ARRAY_LEN(requests), err);
	if (rc == 0 && error_is_set(&renewal->request.error)) {
		issue_report_failures(app->ui, &renewal->request);
		rc = error_move(err, &renewal->request.error);
	}
	if (rc == 0) {
		identifiers_to_names(&renewal->request.identifiers, &renewal->names);
		rc = deploy_hooks_run(app->hooks, renewal->settings, renewal->lineage,
				      &renewal->names, err);
	}
	if (hooks_run_post(app->hooks, &renewal->names, &none, &post_error) < 0 && rc == 0)
		rc = error_move(err, &post_error);
	return rc;
}

/* With other options of an installer, its server may read another file than the one that is going
 * to be renewed. Returns true when the certificate has to be installed again. */
static bool note_installation(struct plugins *plugins, const struct settings *settings,
			      struct lineage *lineage, const struct strbuf *before)
{
	AUTO(strbuf) struct strbuf now = STRBUF_INIT;

	debts_installer_options(plugins, lineage, &now);
	if (!now.len || strcmp(now.text, before->text) == 0)
		return false;
	debts_note_installation(plugins, settings, lineage);
	return true;
}

/* Installs the certificate where the new options lead, and pays what an earlier run owes. */
static int pay_installers(struct plugins *plugins, const struct settings *settings,
			  struct lineage *lineage, struct error *err)
{
	bool installs = renewal_state_installation_pending(lineage_conf(lineage));

	if (deploy_pay_owed(plugins, settings, lineage, err) < 0)
		return err->code;
	return installs && settings_string(settings, "installer")
		       ? served_prove_lineage(plugins, lineage, settings, true, err)
		       : 0;
}

/* Does what applies at once: writes the outputs and checks the places of --prove. */
static int apply_services(struct plugins *plugins, const struct settings *settings,
			  struct lineage *lineage, struct error *err)
{
	if (services_is_given(settings, "outputs")) {
		if (outputs_apply(plugins, settings, lineage, err) < 0)
			return err->code;
		if (services_in_conf(lineage_conf(lineage), "outputs"))
			ui_say(plugins->host.ui, "The outputs are written.");
	} else if (outputs_drop(plugins, settings, lineage, err) < 0) {
		return err->code;
	}
	dane_stage_key(settings, lineage);
	if (pay_installers(plugins, settings, lineage, err) < 0)
		return err->code;
	return services_is_given(settings, "prove")
		       ? served_prove_lineage(plugins, lineage, settings, false, err)
		       : 0;
}

/* Before the installation, whose own messages follow. Certbot's sentence stays for what waits. */
static void say_saved(const struct ui *ui, bool options_differ, bool installs)
{
	const char *when = "";

	if (installs)
		when = "\nThe changes for the installer apply now; any others will apply when the "
		       "certificate renews.";
	else if (options_differ)
		when = "\nChanges will apply when the certificate renews.";
	ui_say(ui, "\nSuccessfully updated configuration.%s", when);
}

/* Writes the options, and says whether anything changed and when it takes effect. The lineage is
 * opened again, because the rehearsal changed its conf in memory. */
static int save_settings(struct plugins *plugins, const struct settings *settings, const char *name,
			 struct error *err)
{
	AUTO(lineage) struct lineage *lineage = NULL;
	AUTO(strbuf) struct strbuf before = STRBUF_INIT, options = STRBUF_INIT;
	AUTO(strbuf) struct strbuf after = STRBUF_INIT;
	AUTO(strbuf) struct strbuf installed = STRBUF_INIT;
	AUTO(lineage_change) struct lineage_change change = LINEAGE_CHANGE_INIT;
	bool installs;

	if (lineage_open(settings_config_dir(plugins->host.settings), name, &lineage, err) < 0)
		return err->code;
	lineage_change_begin(plugins->network->changes, lineage, &change);
	installer_record_warn(settings, lineage);
	ini_print(lineage_conf(lineage), &before);
	debts_installer_options(plugins, lineage, &installed);
	settings_save(settings, lineage_params(lineage));
	installers_note(settings, lineage_conf(lineage));
	keys_note_types(settings, lineage, lineage_conf(lineage));
	ini_print(lineage_conf(lineage), &options);
	installs = note_installation(plugins, settings, lineage, &installed);
	services_note(settings, "outputs", lineage_conf(lineage));
	debts_note_services(settings, lineage_conf(lineage));
	ini_print(lineage_conf(lineage), &after);
	if (strcmp(before.text, after.text) == 0) {
		ui_say(plugins->host.ui, "\nNo changes were made to the renewal configuration.");
		return apply_services(plugins, settings, lineage, err);
	}
	lineage_change_end(&change, lineage, lineage_current_version(lineage),
			   "changed the options of");
	if (lineage_save_conf(lineage, err) < 0) {
		lineage_change_drop(&change);
		return err->code;
	}
	result_set_bool(plugins->host.ui, "changed", true);
	say_saved(plugins->host.ui, strcmp(before.text, options.text) != 0, installs);
	return apply_services(plugins, settings, lineage, err);
}

/* The outputs of --output are checked by the rehearsal: twice would print warnings twice. */
static int check_kept_outputs(struct plugins *plugins, const struct settings *settings,
			      const struct renewal *renewal, struct error *err)
{
	return services_is_given(settings, "outputs")
		       ? 0
		       : outputs_check(plugins, settings, renewal->name,
				       lineage_conf(renewal->lineage), err);
}

/* The settings are copied first, because the rehearsal changes some of them (server, account). */
int reconfigure(struct app *app, struct error *err)
{
	AUTO(lineage) struct lineage *picked = NULL;
	AUTO(renewal) struct renewal *renewal = NULL;
	AUTO(settings) struct settings *changed = NULL;
	struct plugin_choice choice;

	result_set_text(app->ui, "certificate", settings_string(app->settings, "certname"));
	result_set_bool(app->ui, "changed", false);
	if (settings_list(app->settings, "domains")->count)
		return error_set(
			err, ERR_CONFIG,
			"You have specified domains, but this function cannot be used to "
			"modify the domains in a certificate. If you would like to do so, "
			"follow the instructions at https://certbot.org/change-cert-domain.");
	if (pick_lineage(app->ui, app->settings, "Which certificate would you like to reconfigure?",
			 &picked, err) < 0 ||
	    renewal_open(app->settings, lineage_name(picked), &renewal, err) < 0 ||
	    check_unchanged(renewal, "server", err) < 0 ||
	    check_unchanged(renewal, "account", err) < 0 ||
	    plugin_requested(app->plugins->registry, renewal->settings, &choice, err) < 0 ||
	    csr_source_check_installer(renewal->settings, choice.installer, renewal->lineage, err) <
		    0 ||
	    ask_about_deploy_hooks(app->ui, renewal->settings, err) < 0)
		return err->code;
	if (choice.authenticator)
		settings_set_string(renewal->settings, "authenticator", choice.authenticator,
				    ORIGIN_RUNTIME);
	if (choice.installer)
		settings_set_string(renewal->settings, "installer", choice.installer,
				    ORIGIN_RUNTIME);
	changed = settings_clone(renewal->settings);
	if (check_kept_outputs(app->plugins, changed, renewal, err) < 0 ||
	    served_check(changed, err) < 0)
		return err->code;
	if (fallback_register(app->cas, changed, renewal->lineage, err) < 0)
		return err->code;
	if (rehearse(app, renewal, err) < 0)
		return error_wrap(err, "the dry run with the new options failed; nothing was "
				       "changed");
	return save_settings(app->plugins, changed, renewal->name, err);
}

int reconfigure_symlinks(struct app *app, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	result_set(app->ui, "certificates", json_array_new());
	if (lineage_names(settings_config_dir(app->settings), &names, err) < 0)
		return err->code;
	for (size_t i = 0; i < names.count; i++) {
		if (lineage_update_symlinks(settings_config_dir(app->settings), names.items[i],
					    err) < 0)
			return error_wrap(err, "cannot update the links of %s", names.items[i]);
		result_push(app->ui, "certificates", json_string_new(names.items[i]));
	}
	ui_say(app->ui, "The links of %zu certificate%s now point to the files in archive/.",
	       names.count, names.count == 1 ? "" : "s");
	return 0;
}
