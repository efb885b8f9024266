/*
 * The steps of one lineage's renewal (see renewal.h). The options of its conf are applied to a
 * clone of the run's settings, in which those of the command line have priority, as in Certbot.
 */
#include "app/renewal/renewal.h"

#include <string.h>

#include "app/keys/dane.h"
#include "app/issue/commit.h"
#include "app/renewal/decide.h"
#include "app/debts/hooks.h"
#include "app/issue/csr_source.h"
#include "app/issue/fallback.h"
#include "app/issue/identifiers.h"
#include "app/debts/outputs.h"
#include "app/keys/keys.h"
#include "app/issue/rehearsal.h"
#include "store/renewal/fleet_names.h"
#include "store/renewal/renewal_state.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "config/key_types.h"
#include "config/servers.h"
#include "config/services.h"
#include "store/lineage/lineage_conf.h"
#include "store/lineage/lineage_generation.h"
#include "store/lineage/lineage.h"

void renewal_free(struct renewal *renewal)
{
	if (!renewal)
		return;
	issue_request_release(&renewal->request);
	strvec_release(&renewal->names);
	settings_free(renewal->settings);
	lineage_free(renewal->lineage);
	free(renewal->conf_path);
	free(renewal);
}

/* An option written in the conf by its name on the command line is not read; the next renewal would
 * drop it. */
static void warn_of_misnamed(const struct renewal *renewal)
{
	const struct option *option = settings_misnamed(settings_table(renewal->settings),
							lineage_params(renewal->lineage));

	if (option)
		log_warning("%s: '%s' has no effect in a renewal configuration; the setting is "
			    "called '%s' there",
			    renewal->conf_path, option->dest, option->saved_as);
}

/* Most often a person has edited one of the two. */
static void warn_of_disagreement(const struct renewal *renewal)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO_FREE char *list = NULL;

	if (!installers_disagree(lineage_conf(renewal->lineage)))
		return;
	installers_of_conf(lineage_conf(renewal->lineage), &names);
	list = strvec_join(&names, ",");
	log_warning("%s: 'installer' is not the first of 'installers' in [services], so all are "
		    "told of a renewal: %s. To say which are meant: certbot reconfigure "
		    "--cert-name %s -i LIST",
		    renewal->conf_path, list, renewal->name);
}

int renewal_open(const struct settings *run_settings, const char *name,
		 struct renewal **ret_renewal, struct error *err)
{
	struct lineage *lineage = NULL;

	if (lineage_open(settings_config_dir(run_settings), name, &lineage, err) < 0)
		return err->code;
	return renewal_of_lineage(run_settings, lineage, ret_renewal, err);
}

/* Runs in threads (see prepare_lineage() of renew_scan.c): it reads and decides nothing. */
int renewal_of_lineage(const struct settings *run_settings, struct lineage *own_lineage,
		       struct renewal **ret_renewal, struct error *err)
{
	AUTO(renewal) struct renewal *renewal = XNEW(struct renewal);

	issue_request_init(&renewal->request);
	strvec_init(&renewal->names);
	renewal->lineage = own_lineage;
	renewal->name = lineage_name(own_lineage);
	renewal->conf_path = xstrdup(lineage_conf_path(own_lineage));
	if (debts_restore(run_settings, own_lineage, &renewal->settings, err) < 0)
		return err->code;
	renewal->has_pending = lineage_has_pending(own_lineage);
	warn_of_misnamed(renewal);
	warn_of_disagreement(renewal);
	*ret_renewal = STEAL(renewal);
	return 0;
}

/* Names that the fleet wants take the place of those of the certificate, none of which need stay.
 * Returns false if there are none. */
static bool choose_fleet_names(struct renewal *renewal)
{
	struct acme_identifiers *identifiers = &renewal->request.identifiers;
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (!fleet_names_read(lineage_conf(renewal->lineage), &names))
		return false;
	for (size_t i = 0; i < names.count; i++)
		acme_identifiers_add(identifiers, identifiers_kind(names.items[i]), names.items[i]);
	return true;
}

/* Chooses the names of the next certificate: those originally requested, if some failed then, else
 * those of the present one. For this one order: otherwise a name that still fails would keep the
 * certificate from being renewed at all. */
static int choose_names(const struct ui *ui, struct renewal *renewal, struct error *err)
{
	struct acme_identifiers *identifiers = &renewal->request.identifiers;

	if (choose_fleet_names(renewal))
		return 0;
	if (identifiers_from_lineage(renewal->lineage, identifiers, &renewal->tries_wanted, err) <
	    0)
		return err->code;
	if (renewal->tries_wanted) {
		AUTO(strvec) struct strvec names = STRVEC_INIT;
		AUTO_FREE char *joined = NULL;

		identifiers_to_names(identifiers, &names);
		joined = strvec_join(&names, ", ");
		settings_set_flag(renewal->settings, "allow_subset_of_names", true,
				  ORIGIN_RENEWAL_CONF);
		ui_say(ui,
		       "Certificate %s lacks names that could not be validated earlier; trying "
		       "all names again: %s",
		       renewal->name, joined);
	}
	return 0;
}

/* With --dry-run: the test server of the lineage's own CA, unless --server says otherwise. The conf
 * names the production CA. Asking it in a rehearsal would use up its limits. */
static int choose_rehearsal(struct renewal *renewal, struct error *err)
{
	const struct ini_section *params = lineage_params(renewal->lineage);
	const char *stored = ini_peek(params, "server"), *staging;

	if (!settings_flag(renewal->settings, "dry_run") || !stored ||
	    settings_origin(renewal->settings, "server") >= ORIGIN_CONFIG_FILE)
		return 0;
	staging = servers_is_test(stored) ? stored : rehearsal_server(stored);
	if (!staging)
		return error_set(err, ERR_REFUSED,
				 "no test server is known for %s; use --server to name one",
				 stored);
	settings_set_string(renewal->settings, "server", staging, ORIGIN_RUNTIME);
	return 0;
}

/* The conf is filled in the loop's thread. Only the files are written by the committer's. */
static int note_renewal(struct issue_request *request, struct error *err)
{
	commit_note_renewal(request->context, request);
	return 0;
}

static int note_nothing(struct issue_request *request, struct error *err)
{
	return 0;
}

/* Outputs that the lineage has already must not prevent its renewal: those that cannot be written
 * then stay owed. */
static int check_outputs(struct plugins *plugins, const struct renewal *renewal, struct error *err)
{
	return settings_is_set_by_user(renewal->settings, "outputs")
		       ? outputs_check(plugins, renewal->settings, renewal->name, NULL, err)
		       : 0;
}

static int check_installer(struct plugins *plugins, struct renewal *renewal, struct error *err)
{
	struct plugin_choice choice;

	if (plugin_requested(plugins->registry, renewal->settings, &choice, err) < 0)
		return err->code;
	if (csr_source_check_installer(renewal->settings, choice.installer, renewal->lineage, err) <
	    0)
		renewal->is_misasked = true;
	return err->code;
}

static int choose_key(struct plugins *plugins, struct renewal *renewal, struct error *err)
{
	const struct dane_question question = {renewal->settings, renewal->lineage,
					       &renewal->request.identifiers};

	return dane_choose_key(plugins, &question, &renewal->request.key, err);
}

/* A conf from before Certbot 1.7 names the distribution, too, which the settings have not kept: of
 * "certbot-regru:dns" only "dns", and nobody would know which plugin that is. */
static void name_missing_plugin(struct plugins *plugins, const struct renewal *renewal,
				struct error *err)
{
	static const char *const roles[] = {"authenticator", "installer"};
	const struct ini_section *params = lineage_params(renewal->lineage);

	for (size_t i = 0; params && i < ARRAY_LEN(roles); i++) {
		const char *recorded = ini_peek(params, roles[i]);
		const struct plugin *plugin = NULL;
		AUTO(error) struct error missing = ERROR_INIT;

		if (!recorded || !strchr(recorded, ':') ||
		    plugins_find_row(plugins, recorded, &plugin, &missing) == 0)
			continue;
		error_release(err);
		error_move(err, &missing);
		return;
	}
}

/* A server that does not work now must not keep its certificate from being renewed: its installer
 * stays owed what it could not do. A rehearsal shows what would fail. */
static int select_for_renewal(struct plugins *plugins, struct renewal *renewal, struct error *err)
{
	unsigned need = SELECT_AUTHENTICATOR;

	if (!settings_flag(renewal->settings, "dry_run"))
		need |= SELECT_WORKING;
	if (select_plugins(plugins, renewal->settings, need, &renewal->selection, err) < 0)
		name_missing_plugin(plugins, renewal, err);
	return err->code;
}

/* The command that named the CAs could not make an account at a first CA that was down. */
static int open_cas(struct cas *cas, struct plugins *plugins, struct renewal *renewal,
		    struct error *err)
{
	struct settings *settings = renewal->settings;
	struct issue_request *request = &renewal->request;
	AUTO(error) struct error failure = ERROR_INIT;

	if (ca_open_for(cas, settings, &request->identifiers, &request->ca, &failure) < 0 &&
	    !fallback_may_begin(settings, renewal->lineage, FALLBACK_IF_UNUSABLE, &failure))
		return error_move(err, &failure);
	if (fallback_register_usable(cas, settings, renewal->lineage, err) < 0)
		return err->code;
	fallback_open(cas, request);
	return error_is_set(&failure) ? fallback_begin(plugins, request, &failure, err) : 0;
}

/* Everything that may fail comes before the pre-hook, because that may stop the web server. */
int renewal_prepare(struct app *app, struct renewal *renewal, struct error *err)
{
	struct settings *settings = renewal->settings;
	struct issue_request *request = &renewal->request;

	if (check_installer(app->plugins, renewal, err) < 0 || choose_rehearsal(renewal, err) < 0 ||
	    decide_check_staging(settings, renewal->lineage, err) < 0 ||
	    keys_check_shared(settings, renewal->lineage, err) < 0 ||
	    keys_check_reuse(settings, renewal->lineage, err) < 0 ||
	    choose_names(app->ui, renewal, err) < 0 ||
	    select_for_renewal(app->plugins, renewal, err) < 0 ||
	    check_outputs(app->plugins, renewal, err) < 0)
		return err->code;
	keys_warn_of_options(settings);
	/* Not with other names, nor when the command line has changed the types. */
	request->second_only &=
		!renewal->tries_wanted &&
		str_eq_or_null(key_types_second(settings),
			       lineage_second_type(lineage_second(renewal->lineage)));
	request->settings = settings;
	request->lineage = renewal->lineage;
	request->authenticator = renewal->selection.authenticator;
	request->issued = settings_flag(settings, "dry_run") ? note_nothing : note_renewal;
	request->store = settings_flag(settings, "dry_run") ? NULL : commit_store_renewal;
	request->context = app->plugins;
	if (issue_configure(request, err) < 0 || choose_key(app->plugins, renewal, err) < 0 ||
	    open_cas(app->cas, app->plugins, renewal, err) < 0)
		return err->code;
	return hooks_run_pre(app->hooks, settings, err);
}

int renewal_load_names(struct renewal *renewal, struct error *err)
{
	return renewal->names.count ? 0
				    : lineage_cert_names(renewal->lineage, &renewal->names, err);
}

/* A dry run, a signal or a mistake on one command line says nothing about the next try. */
int renewal_note_failure(int64_t now, struct renewal *renewal, const struct error *failure,
			 struct error *err)
{
	struct ini *conf = lineage_conf(renewal->lineage);

	if (settings_flag(renewal->settings, "dry_run") || failure->code == ERR_CANCELLED ||
	    renewal->is_misasked)
		return 0;
	/* A fault of this machine costs the CA nothing, and it may be fixed at any time. But it
	 * counts: a disk that stays full costs the certificate as surely as a CA that says no. */
	if (renewal->request.is_unready)
		renewal_state_note_local_failure(conf, failure, now);
	else
		renewal_state_note_failure(conf, failure, now);
	if (renewal->request.failures.count) {
		const struct acme_failure *problem = &renewal->request.failures.items[0];

		renewal_state_note_problem(conf, problem->identifier.value, problem->type,
					   problem->detail);
	}
	return lineage_save_conf(renewal->lineage, err);
}

/* Known from the plugin's row alone, without opening it: `renew` should not look at nginx's
 * configuration for each of a thousand lineages. */
bool renewal_wants_updates(const struct plugins *plugins, const struct renewal *renewal)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (settings_flag(plugins->host.settings, "disable_renew_updates") ||
	    settings_flag(plugins->host.settings, "dry_run"))
		return false;
	installers_of(renewal->settings, &names);
	for (size_t i = 0; i < names.count; i++) {
		const struct plugin *plugin = plugin_find(plugins->registry, names.items[i]);

		if (plugin && plugin->installer && plugin->installer->update)
			return true;
	}
	return false;
}
