/*
 * certonly and run (see obtain.h): choose plugins, account and lineage; obtain the certificate;
 * store it; install it; report what happened and what to do next.
 */
#include "app/verbs/obtain.h"

#include <string.h>

#include "app/debts/debts.h"
#include "app/debts/hooks.h"
#include "app/debts/outputs.h"
#include "app/fleet/seam.h"
#include "app/issue/commit.h"
#include "app/issue/csr_source.h"
#include "app/issue/fallback.h"
#include "app/issue/identifiers.h"
#include "app/issue/issue.h"
#include "app/keys/dane.h"
#include "app/keys/keys.h"
#include "app/renewal/decide.h"
#include "app/renewal/deploy.h"
#include "app/renewal/deploy_hooks.h"
#include "app/renewal/report.h"
#include "app/renewal/served.h"
#include "app/renewal/told.h"
#include "app/verbs/installer_record.h"
#include "app/verbs/obtain_csr.h"
#include "base/alloc.h"
#include "base/log.h"
#include "config/key_types.h"
#include "config/services.h"
#include "instances/select.h"
#include "store/lineage/lineage_conf.h"
#include "store/renewal/renewal_state.h"

/* The state of one run of the use case. */
struct acquisition {
	struct app *app;
	struct selection selection;
	struct ca *ca;
	struct error ca_failure; /* why there is none; another may be asked in its place */
	bool is_decided;
	struct decision decision;
	struct issue_request request;
	struct error undeployed; /* why a service cannot use the certificate that is stored */
	struct error incomplete; /* why there is none for the second key, although one is stored */
};

static void acquisition_release(struct acquisition *o)
{
	error_release(&o->ca_failure);
	error_release(&o->undeployed);
	error_release(&o->incomplete);
	issue_request_release(&o->request);
	decision_release(&o->decision);
}
DEFINE_AUTO(acquisition, acquisition_release);

static int store_issued(struct issue_request *request, struct error *err)
{
	struct acquisition *o = request->context;

	if (settings_flag(o->app->settings, "dry_run"))
		return 0;
	if (request->lineage) {
		commit_note_renewal(o->app->plugins, request);
		return commit_store_renewal(request, err);
	}
	if (commit_new(request, err) < 0)
		return err->code;
	o->decision.lineage = request->lineage;
	return 0;
}

/* Of a rehearsal for a new certificate there is none. */
static void tell_certificate(const struct acquisition *o)
{
	static const char *const outcomes[] = {
		[DECIDE_NEW] = "obtained", [DECIDE_RENEW] = "renewed", [DECIDE_KEEP] = "kept"};
	const struct ui *ui = o->app->ui;
	bool is_rehearsal = settings_flag(o->app->settings, "dry_run");
	struct json *told = NULL;

	if (o->decision.lineage)
		told = told_lineage(ui, o->decision.lineage,
				    is_rehearsal && o->decision.kind != DECIDE_KEEP
					    ? "simulated"
					    : outcomes[o->decision.kind]);
	told_event(ui, told);
	if (told)
		result_set(ui, "certificate", told);
}

/* Outputs first: services that deploy hooks reload must read the new ones. */
static int deploy_stored(struct acquisition *o, const struct strvec *names, struct error *err)
{
	struct settings *settings = o->app->settings;

	if (!settings_flag(settings, "dry_run"))
		(void)!outputs_pay(o->app->plugins, settings, o->decision.lineage, &o->undeployed);
	return deploy_hooks_run(o->app->hooks, settings, o->decision.lineage, names, err);
}

/* The first certificate is stored, and what this run was to have is not all there. */
static void note_second_failure(struct acquisition *o)
{
	const struct error *failure = issue_request_second_error(&o->request);

	if (!failure)
		return;
	error_copy(&o->incomplete, failure);
	error_wrap(&o->incomplete, "the certificate of the %s key was not obtained",
		   key_types_second(o->app->settings));
	error_hint(&o->incomplete,
		   "that of the %s key is in use; 'certbot renew' tries the other one again",
		   key_types_first(o->app->settings));
}

/* Runs the order with the hooks around it. Post-hooks run whatever happened. */
static int issue_with_hooks(struct acquisition *o, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO(strvec) struct strvec none = STRVEC_INIT;
	AUTO(error) struct error post_error = ERROR_INIT;
	struct issue_request *request = &o->request;
	int rc = hooks_run_pre(o->app->hooks, o->app->settings, err);

	if (rc == 0) {
		seam_guard(o->app->plugins, &request, 1);
		rc = issue_batch(o->app->plugins, &request, 1, err);
		seam_unguard(&request, 1);
	}
	if (rc == 0 && error_is_set(&request->error)) {
		issue_report_failures(o->app->ui, request);
		told_failures(o->app->ui, request);
		rc = error_move(err, &request->error);
	}
	identifiers_to_names(&request->identifiers, &names);
	if (rc == 0)
		note_second_failure(o);
	/* Whatever happens from here on, the certificate is there. */
	if (rc == 0)
		tell_certificate(o);
	if (rc == 0 && o->decision.lineage)
		rc = deploy_stored(o, &names, err);
	if (hooks_run_post(o->app->hooks, rc == 0 ? &names : &none, rc == 0 ? &none : &names,
			   &post_error) < 0 &&
	    rc == 0)
		rc = error_move(err, &post_error);
	return rc;
}

/* With the name that the lineage is going to have: {name} in a path must not collide with another
 * lineage's. */
static int check_outputs(struct acquisition *o, struct error *err)
{
	const struct lineage *lineage = o->decision.lineage;

	return outputs_check(o->app->plugins, o->app->settings,
			     lineage ? lineage_name(lineage) : o->decision.name,
			     lineage ? lineage_conf(lineage) : NULL, err);
}

/* Asks for names where none were given, but not twice. */
static int decide_once(struct acquisition *o, struct error *err)
{
	struct decide_request request = {.settings = o->app->settings};

	if (o->is_decided)
		return 0;
	o->is_decided = true;
	if (o->selection.installers.count)
		request.installer = o->selection.installers.items[0];
	return decide(o->app, &request, &o->decision, err);
}

/* Called only if an account would have to be registered with a CA that does not take all names. */
static int find_names(void *context, const struct acme_identifiers **ret_names, struct error *err)
{
	struct acquisition *o = context;

	if (decide_once(o, err) < 0)
		return err->code;
	*ret_names = &o->decision.identifiers;
	return 0;
}

/* Names on the command line are known before any question; others would have to be asked for
 * first. */
static int open_ca(struct acquisition *o, struct error *err)
{
	struct app *app = o->app;
	AUTO(acme_identifiers) struct acme_identifiers given = ACME_IDENTIFIERS_INIT;
	const struct ca_name_source source = {find_names, o};

	if (o->ca || error_is_set(&o->ca_failure))
		return 0;
	identifiers_from_settings(app->settings, &given);
	if (given.count)
		(void)!ca_open_for(app->cas, app->settings, &given, &o->ca, &o->ca_failure);
	else
		(void)!ca_open_for_some(app->cas, app->settings, &source, &o->ca, &o->ca_failure);
	if (!error_is_set(&o->ca_failure) || fallback_may_begin(app->settings, o->decision.lineage,
								FALLBACK_IF_DOWN, &o->ca_failure))
		return 0;
	return error_move(err, &o->ca_failure);
}

/* Opens the first CA and those that may take its place, which one does at once if it is down and
 * there is no account yet. */
static int open_cas(struct acquisition *o, struct error *err)
{
	struct app *app = o->app;
	struct issue_request *request = &o->request;

	if (open_ca(o, err) < 0 ||
	    fallback_register(app->cas, app->settings, o->decision.lineage, err) < 0)
		return err->code;
	request->ca = o->ca;
	fallback_open(app->cas, request);
	return o->ca ? 0 : fallback_begin(app->plugins, request, &o->ca_failure, err);
}

static int choose_key(struct acquisition *o, struct error *err)
{
	const struct dane_question question = {o->app->settings, o->decision.lineage,
					       &o->decision.identifiers};

	return dane_choose_key(o->app->plugins, &question, &o->request.key, err);
}

static int obtain(struct acquisition *o, struct error *err)
{
	struct app *app = o->app;
	struct issue_request *request = &o->request;

	/* Known before the order, so no order is wasted on it. */
	if (identifiers_have_ip(&o->decision.identifiers) &&
	    !(o->selection.authenticator->plugin->flags & PLUGIN_TAKES_IP))
		return error_set(err, ERR_CONFIG,
				 "the %s plugin cannot get certificates for IP addresses; use "
				 "standalone, webroot or manual",
				 o->selection.authenticator->plugin->name);
	acme_identifiers_copy(&request->identifiers, &o->decision.identifiers);
	keys_warn_of_options(app->settings);
	request->settings = app->settings;
	request->lineage = o->decision.lineage;
	request->new_name = o->decision.lineage ? NULL : o->decision.name;
	request->second_only = o->decision.second_only;
	request->authenticator = o->selection.authenticator;
	request->issued = store_issued;
	request->context = o;
	if (check_outputs(o, err) < 0 || issue_configure(request, err) < 0 ||
	    choose_key(o, err) < 0 || open_cas(o, err) < 0)
		return err->code;
	report_request(app->ui, app->settings, &request->identifiers, o->decision.kind);
	told_due(app->ui,
		 o->decision.lineage ? lineage_name(o->decision.lineage) : o->decision.name,
		 o->decision.kind == DECIDE_NEW ? "new" : "due");
	return issue_with_hooks(o, err);
}

/* With --renew-csr, a flag such as --nginx is for the challenges: no server here can use a
 * certificate whose key is elsewhere. An installer that answers no challenges was named for
 * nothing. */
static int drop_installers(struct acquisition *o, struct error *err)
{
	struct settings *settings = o->app->settings;
	struct installers *installers = &o->selection.installers;

	if (!settings_string(settings, "renew_csr"))
		return 0;
	for (size_t i = 0; i < installers->count; i++) {
		if (installers->items[i] == o->selection.authenticator)
			continue;
		error_set(
			err, ERR_CONFIG,
			"%s cannot install a certificate of --renew-csr, whose private key is not "
			"on this machine",
			installers->items[i]->plugin->name);
		return error_hint(err, "leave it out; a --deploy-hook or an --output brings the "
				       "certificate to where its key is");
	}
	installers->count = 0;
	settings_unset(settings, "installer");
	return 0;
}

/* Chooses plugins and account and decides what to do, as both verbs begin. The questions of a first
 * run come in the order that people know: the account's, then the certificate's. Where nobody is
 * asked, an account waits until nothing else can refuse (see obtain()). */
static int choose_and_decide(struct acquisition *o, unsigned need, struct error *err)
{
	struct app *app = o->app;

	if (select_plugins(app->plugins, app->settings, need, &o->selection, err) < 0 ||
	    drop_installers(o, err) < 0 ||
	    deploy_check_settings(app->settings, &o->selection.installers, err) < 0 ||
	    outputs_check_early(app->plugins, err) < 0 || served_check(app->settings, err) < 0 ||
	    fallback_check(app->settings, err) < 0 ||
	    (ui_is_interactive(app->ui) && open_ca(o, err) < 0))
		return err->code;
	if (decide_once(o, err) < 0 ||
	    csr_source_check_lineage(app->settings, o->decision.lineage, err) < 0)
		return err->code;
	if (!o->decision.lineage)
		return 0;
	if (installer_record_keep(app->plugins, o->decision.lineage, app->settings,
				  &o->selection.installers, err) < 0)
		return err->code;
	if (!settings_flag(app->settings, "dry_run"))
		installer_record_warn(app->settings, o->decision.lineage);
	return 0;
}

/* Has the installer deploy the new certificate. */
static int settle_installer(struct acquisition *o, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (!o->selection.installers.count || settings_flag(o->app->settings, "dry_run"))
		return 0;
	identifiers_to_names(&o->decision.identifiers, &names);
	return deploy_settle_lineage(o->app->plugins, o->app->settings, o->decision.lineage, &names,
				     err);
}

/* Of several installers the error names the one that failed, and is told of the list as given. */
static void tell_deployed(const struct acquisition *o, const struct error *failure)
{
	const struct installers *installers = &o->selection.installers;
	const char *list = settings_string(o->app->settings, "installer");

	if (!o->decision.lineage || settings_flag(o->app->settings, "dry_run"))
		return;
	if (error_is_set(failure) && installers->count > 1 && list) {
		told_deployed(o->app->ui, o->decision.lineage, list, failure);
		return;
	}
	for (size_t i = 0; i < installers->count; i++)
		told_deployed(o->app->ui, o->decision.lineage, installers->items[i]->plugin->name,
			      failure);
}

/* Checks that the services present it. */
static int prove_lineage(struct acquisition *o, bool is_deployed, struct error *err)
{
	return o->decision.lineage && !settings_flag(o->app->settings, "dry_run")
		       ? served_prove_lineage(o->app->plugins, o->decision.lineage,
					      o->app->settings, is_deployed, err)
		       : 0;
}

/* --prove, --fallback-server and --dane also apply to a certificate that is kept. */
static int note_places(struct acquisition *o, struct error *err)
{
	if (!services_others_given(o->app->settings))
		return 0;
	if (dane_check(o->app->settings, o->decision.lineage, err) < 0 ||
	    fallback_register(o->app->cas, o->app->settings, o->decision.lineage, err) < 0)
		return err->code;
	debts_note_services(o->app->settings, lineage_conf(o->decision.lineage));
	dane_stage_key(o->app->settings, o->decision.lineage);
	return lineage_save_conf(o->decision.lineage, err);
}

/* --output also applies to a certificate that is kept. */
static int apply_outputs(struct acquisition *o, struct error *err)
{
	if (!settings_is_set_by_user(o->app->settings, "outputs"))
		return 0;
	return check_outputs(o, err) < 0
		       ? err->code
		       : outputs_apply(o->app->plugins, o->app->settings, o->decision.lineage, err);
}

/* An earlier run may have been stopped before it deployed the certificate that is kept now. */
static int pay_debts(struct acquisition *o, struct error *err)
{
	struct lineage *lineage = o->decision.lineage;
	const struct ini *conf = lineage_conf(lineage);
	AUTO(settings) struct settings *settings = debts_settings(o->app->settings, lineage);
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	identifiers_to_names(&o->decision.identifiers, &names);
	if (settings_flag(o->app->settings, "dry_run"))
		return 0;
	if (note_places(o, err) < 0 || apply_outputs(o, err) < 0 ||
	    outputs_pay(o->app->plugins, settings, lineage, err) < 0)
		return err->code;
	if (renewal_state_deploy_pending(conf) &&
	    deploy_hooks_run(o->app->hooks, settings, lineage, &names, err) < 0)
		return err->code;
	if (!renewal_state_reload_pending(conf) || !settings_string(settings, "installer"))
		return 0;
	return deploy_settle_lineage(o->app->plugins, settings, lineage, &names, err);
}

/* Sets the members that a run has which fails early, too. */
static void begin_result(const struct ui *ui, const struct settings *settings)
{
	result_set_bool(ui, "dry_run", settings_flag(settings, "dry_run"));
	result_set_text(ui, "certificate", NULL);
	result_set(ui, "failures", json_array_new());
}

int obtain_certonly(struct app *app, struct error *err)
{
	AUTO(acquisition) struct acquisition o = {.app = app};

	issue_request_init(&o.request);
	begin_result(app->ui, app->settings);
	if (settings_string(app->settings, "csr"))
		return obtain_csr(app, err);
	if (csr_source_take_names(app->settings, err) < 0 ||
	    choose_and_decide(&o, SELECT_AUTHENTICATOR, err) < 0)
		return err->code;
	if (o.decision.kind == DECIDE_KEEP) {
		tell_certificate(&o);
		report_framed(app->ui, "Certificate not yet due for renewal; no action taken.");
		return pay_debts(&o, err) < 0 ? err->code : prove_lineage(&o, false, err);
	}
	if (obtain(&o, err) < 0)
		return err->code;
	if (!error_is_set(&o.undeployed)) {
		(void)!settle_installer(&o, &o.undeployed);
		tell_deployed(&o, &o.undeployed);
	}
	if (!error_is_set(&o.undeployed))
		(void)!prove_lineage(&o, false, &o.undeployed);
	report_obtained(app->ui, app->settings, o.decision.lineage);
	report_next_steps(app->ui, app->settings, o.selection.authenticator->plugin);
	if (error_is_set(&o.undeployed))
		return error_move(err, &o.undeployed);
	return error_is_set(&o.incomplete) ? error_move(err, &o.incomplete) : 0;
}

/* A conf that no order writes does not know yet what was installed where. */
static int record_kept(struct acquisition *o, struct error *err)
{
	if (note_places(o, err) < 0)
		return err->code;
	return installer_record_save(o->app->network.changes, &o->selection.installers,
				     o->app->settings, o->decision.lineage, err);
}

static int install_result(struct acquisition *o, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	struct deploy_lineage_request request = {
		.settings = o->app->settings,
		.installers = &o->selection.installers,
		.lineage = o->decision.lineage,
		.names = &names,
		.redirect_by_default = true,
	};

	if (error_is_set(&o->undeployed))
		return error_move(err, &o->undeployed);
	if (o->decision.kind == DECIDE_KEEP && check_outputs(o, err) == 0)
		(void)!outputs_apply(o->app->plugins, o->app->settings, o->decision.lineage, err);
	if (error_is_set(err))
		return err->code;
	identifiers_to_names(&o->decision.identifiers, &names);
	(void)!deploy_lineage(o->app->ui, &request, err);
	tell_deployed(o, err);
	if (error_is_set(err) && o->decision.kind == DECIDE_KEEP)
		return debts_keep_installation(o->app->plugins, o->app->settings,
					       o->decision.lineage, err);
	if (error_is_set(err) || !o->decision.lineage)
		return err->code;
	if (deploy_settle_rest(o->app->plugins, o->app->settings, o->decision.lineage, err) < 0 ||
	    (o->decision.kind == DECIDE_KEEP && record_kept(o, err) < 0))
		return err->code;
	return prove_lineage(o, true, err);
}

int obtain_run(struct app *app, struct error *err)
{
	AUTO(acquisition) struct acquisition o = {.app = app};
	enum decision_kind kind;

	issue_request_init(&o.request);
	o.request.installs = true;
	begin_result(app->ui, app->settings);
	if (choose_and_decide(&o, SELECT_AUTHENTICATOR | SELECT_INSTALLER, err) < 0)
		return err->code;
	if (identifiers_have_ip(&o.decision.identifiers))
		return error_set(err, ERR_CONFIG,
				 "certificates for IP addresses cannot be installed by a plugin; "
				 "use 'certbot certonly'");
	if (deploy_check_enhancements(app->settings, &o.selection.installers, err) < 0)
		return err->code;
	kind = o.decision.kind;
	if (kind != DECIDE_KEEP) {
		if (obtain(&o, err) < 0)
			return err->code;
		report_obtained(app->ui, app->settings, o.decision.lineage);
	} else {
		tell_certificate(&o);
	}
	(void)!install_result(&o, err);
	if (!error_is_set(err))
		report_installed(app->ui, &o.decision.identifiers, kind, &o.selection.installers);
	else if (kind != DECIDE_KEEP)
		error_hint(err,
			   "the certificate is saved; to try installing it again: certbot install "
			   "--cert-name %s",
			   lineage_name(o.decision.lineage));
	if (kind != DECIDE_KEEP)
		report_next_steps(app->ui, app->settings, o.selection.authenticator->plugin);
	if (!error_is_set(err) && error_is_set(&o.incomplete))
		error_move(err, &o.incomplete);
	return err->code;
}
