/*
 * Drives installers (see deploy.h). Each group of edits becomes a checkpoint with Certbot's title,
 * so that `rollback` of either program finds it.
 */
#include "app/renewal/deploy.h"

#include <string.h>

#include "app/debts/debts.h"
#include "app/debts/deploy_task.h"
#include "app/debts/outputs.h"
#include "base/alloc.h"
#include "base/log.h"
#include "config/services.h"
#include "store/renewal/renewal_state.h"

#define DEPLOY_TITLE "Deployed ACME Certificate"

/* The flag of each enhancement and the title of its checkpoint. */
static const struct {
	const char *dest;
	const char *title;
} enhancements[] = {
	[ENHANCE_REDIRECT] = {"redirect", "Add enhancement redirect"},
	[ENHANCE_HSTS] = {"hsts", "Add enhancement Strict-Transport-Security"},
	[ENHANCE_UIR] = {"uir", "Add enhancement Upgrade-Insecure-Requests"},
	[ENHANCE_STAPLE] = {"staple", "Add enhancement staple-ocsp"},
	[ENHANCE_AUTO_HSTS] = {"auto_hsts", "Enabling AutoHSTS"},
};
STATIC_ASSERT(ARRAY_LEN(enhancements) == ENHANCEMENT__COUNT, "every enhancement has a row");

/* Order in which Certbot applies them. The order decides which checkpoint is undone by which number
 * of `rollback`, so it has to be Certbot's. */
static const enum enhancement order[] = {ENHANCE_HSTS, ENHANCE_REDIRECT, ENHANCE_STAPLE,
					 ENHANCE_UIR, ENHANCE_AUTO_HSTS};

static const struct installer *contract(const struct plugin_instance *instance)
{
	return instance->plugin->installer;
}

/* If nobody decided about the redirect, `run` adds it to a new installation, as Certbot does. It is
 * the only enhancement with such a default. */
static bool is_wanted(const struct settings *settings, enum enhancement what, bool redirect_default)
{
	int choice;

	if (what == ENHANCE_AUTO_HSTS)
		return settings_flag(settings, "auto_hsts");
	choice = settings_tristate(settings, enhancements[what].dest);
	return choice == 1 || (choice < 0 && what == ENHANCE_REDIRECT && redirect_default);
}

static bool is_supported(const struct plugin_instance *installer, enum enhancement what)
{
	return contract(installer)->supported & (1u << what);
}

/* Among several installers, those that do not know an enhancement are passed over. */
static bool is_supported_by_any(const struct installers *installers, enum enhancement what)
{
	for (size_t i = 0; i < installers->count; i++)
		if (is_supported(installers->items[i], what))
			return true;
	return false;
}

/* Checked before the CA is asked: clients refuse a certificate with Must-Staple from a server that
 * does not staple. */
int deploy_check_enhancements(const struct settings *settings, const struct installers *installers,
			      struct error *err)
{
	const char *first = installers->items[0]->plugin->name;

	if (settings_flag(settings, "must_staple") &&
	    !is_supported_by_any(installers, ENHANCE_STAPLE))
		return error_set(err, ERR_CONFIG,
				 "Must-Staple was asked for (--must-staple), but the %s plugin "
				 "cannot turn OCSP stapling on",
				 first);
	if (settings_flag(settings, "auto_hsts") &&
	    !is_supported_by_any(installers, ENHANCE_AUTO_HSTS))
		return error_set(err, ERR_CONFIG,
				 "One or more of the requested enhancements are not supported by "
				 "the selected installer: --auto-hsts is not known to %s",
				 first);
	return 0;
}

int deploy_check_settings(const struct settings *settings, const struct installers *installers,
			  struct error *err)
{
	for (size_t i = 0; i < installers->count; i++) {
		struct plugin_instance *installer = installers->items[i];

		if (contract(installer)->check &&
		    contract(installer)->check(installer, settings, err) < 0)
			return err->code;
	}
	return 0;
}

/* After an edit failed: returns to the last checkpoint. If this fails, the checkpoint stays in
 * progress and the next run recovers from it. */
static void undo_edits(struct plugin_instance *installer)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (contract(installer)->recover(installer, &err) < 0)
		log_error("An error occurred and we failed to restore your config: %s", err.text);
}

/* After the server refused checkpoints: undoes them, reloads, and says so. Returns false if that
 * failed. A server that refused a configuration still runs with the old one. It is reloaded after
 * the rollback, so that it runs with the configuration on the disk. */
static bool undo_checkpoints(struct plugin_instance *installer, size_t checkpoints,
			     struct error *err)
{
	AUTO(error) struct error undo_error = ERROR_INIT;
	size_t undone = 0;

	if (!checkpoints)
		return true;
	log_error("Rolling back to previous server configuration...");
	if (contract(installer)->rollback(installer, checkpoints, &undone, &undo_error) < 0 ||
	    contract(installer)->reload(installer, &undo_error) < 0) {
		error_hint(err, "the previous configuration could not be restored either: %s",
			   undo_error.text);
		return false;
	}
	error_hint(err, "the previous server configuration was restored");
	return true;
}

static int reload_or_undo(struct plugin_instance *installer, size_t checkpoints, struct error *err)
{
	if (contract(installer)->reload(installer, err) == 0)
		return 0;
	undo_checkpoints(installer, checkpoints, err);
	return err->code;
}

/* Makes a task for the loose files of the settings. */
static void init_loose_task(struct deploy_task *task, const struct strvec *names,
			    const struct settings *settings)
{
	*task = (struct deploy_task){
		.names = names,
		.cert_path = settings_string(settings, "cert_path"),
		.key_path = settings_string(settings, "key_path"),
		.chain_path = settings_string(settings, "chain_path"),
		.fullchain_path = settings_string(settings, "fullchain_path"),
		.settings = settings,
		.error = ERROR_INIT,
		.places = STRVEC_INIT,
	};
}

static void fill_task(const struct deploy_lineage_request *request, struct deploy_task *task)
{
	if (request->lineage)
		deploy_task_init(task, request->lineage, request->names, request->settings);
	else
		init_loose_task(task, request->names, request->settings);
}

/* Makes one enhancement, with a checkpoint of its own, so that it can be undone without losing the
 * certificate. */
static int enhance_one(struct plugin_instance *installer, enum enhancement what,
		       struct deploy_task *task, bool *ret_is_saved, struct error *err)
{
	if (contract(installer)->enhance(installer, what, task, 1, err) == 0 &&
	    contract(installer)->save(installer, enhancements[what].title, ret_is_saved, err) == 0)
		return 0;
	undo_edits(installer);
	return error_wrap(err, "Unable to set the %s enhancement", enhancement_name(what));
}

/* Has the server test and load the saved enhancements, all of them with one test and one reload; if
 * it refuses, all are undone. If nobody asked for any of them, a refusal is not a failure;
 * `checkpoints` is 0 then. */
static int apply_enhancements(struct plugin_instance *installer, bool is_asked_for,
			      size_t *checkpoints, struct error *err)
{
	if (contract(installer)->config_test(installer, err) == 0 &&
	    contract(installer)->reload(installer, err) == 0)
		return 0;
	if (!undo_checkpoints(installer, *checkpoints, err) || is_asked_for || !*checkpoints ||
	    err->code == ERR_CANCELLED)
		return err->code;
	log_warning("Requests are not redirected to HTTPS: %s", err->text);
	error_release(err);
	*checkpoints = 0;
	return 0;
}

/* `ret_changes`: how many enhancements were not there before. An enhancement that nobody asked for
 * must not fail an installation that has succeeded. */
static int enhance_all(const struct deploy_lineage_request *request,
		       struct plugin_instance *installer, struct deploy_task *task,
		       size_t *ret_changes, struct error *err)
{
	bool is_edited = false, is_any_asked_for = false;

	*ret_changes = 0;
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		enum enhancement what = order[i];
		bool is_asked_for = is_wanted(request->settings, what, false), is_saved = false;

		if (!is_wanted(request->settings, what, request->redirect_by_default))
			continue;
		if (!is_supported(installer, what)) {
			/* A redirect that nobody asked for is skipped silently. */
			if (is_asked_for && !is_supported_by_any(request->installers, what))
				log_error("Option %s is not supported by the selected installer. "
					  "Skipping enhancement.",
					  enhancements[what].dest);
			continue;
		}
		if (enhance_one(installer, what, task, &is_saved, err) < 0) {
			if (is_asked_for || err->code == ERR_CANCELLED)
				return err->code;
			log_warning("%s", err->text);
			error_release(err);
			continue;
		}
		is_edited = true;
		is_any_asked_for |= is_asked_for;
		*ret_changes += is_saved;
	}
	return is_edited ? apply_enhancements(installer, is_any_asked_for, ret_changes, err) : 0;
}

/* Makes the edits for the tasks, in the installer's transaction. `ret_title` is that of their
 * checkpoint; NULL when there is nothing to save. */
typedef int edit_fn(struct plugin_instance *installer, struct deploy_task *tasks, size_t count,
		    const char **ret_title, struct error *err);

static int edit_certificates(struct plugin_instance *installer, struct deploy_task *tasks,
			     size_t count, const char **ret_title, struct error *err)
{
	*ret_title = DEPLOY_TITLE;
	return contract(installer)->deploy(installer, tasks, count, err);
}

static int edit_updates(struct plugin_instance *installer, struct deploy_task *tasks, size_t count,
			const char **ret_title, struct error *err)
{
	return contract(installer)->update(installer, tasks, count, ret_title, err);
}

static bool all_failed(const struct deploy_task *tasks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!error_is_set(&tasks[i].error))
			return false;
	return true;
}

/* Edits, tests and saves a run of tasks as one. The server tests the configuration before it is
 * saved as a checkpoint: only what it would load becomes history. */
static int edit_together(struct plugin_instance *installer, edit_fn *edit,
			 struct deploy_task *tasks, size_t count, size_t *checkpoints,
			 struct error *err)
{
	const char *title = NULL;
	bool is_saved = false;

	if (edit(installer, tasks, count, &title, err) < 0)
		return err->code;
	if (!title || all_failed(tasks, count))
		return 0;
	if (contract(installer)->config_test(installer, err) < 0 ||
	    contract(installer)->save(installer, title, &is_saved, err) < 0)
		return err->code;
	*checkpoints += is_saved;
	return 0;
}

/* The same; if that fails, all is undone and each half is tried. The task at fault gets the error.
 * One refused block of one site must not prevent the edits for 999 others. Halving finds it in a
 * few tests, where trying one by one would need a thousand. */
static int edit_halving(struct plugin_instance *installer, edit_fn *edit, struct deploy_task *tasks,
			size_t count, size_t *checkpoints, struct error *err)
{
	AUTO(error) struct error refused = ERROR_INIT;
	size_t half = count / 2;

	if (edit_together(installer, edit, tasks, count, checkpoints, &refused) == 0)
		return 0;
	if (contract(installer)->recover(installer, err) < 0)
		return err->code;
	if (count == 1) {
		if (!error_is_set(&tasks[0].error))
			error_move(&tasks[0].error, &refused);
		return 0;
	}
	if (edit_halving(installer, edit, tasks, half, checkpoints, err) < 0)
		return err->code;
	return edit_halving(installer, edit, tasks + half, count - half, checkpoints, err);
}

static int deploy_one(const struct ui *ui, struct plugin_instance *installer,
		      struct deploy_task *task, struct error *err)
{
	size_t checkpoints = 0;

	if (edit_halving(installer, edit_certificates, task, 1, &checkpoints, err) < 0 ||
	    error_is_set(&task->error)) {
		if (!error_is_set(err))
			error_move(err, &task->error);
		undo_edits(installer);
		return error_wrap(err, "Could not install certificate");
	}
	if (reload_or_undo(installer, checkpoints, err) < 0)
		return err->code;
	for (size_t i = 0; i < task->places.count; i++)
		ui_say(ui, "Successfully deployed certificate for %s", task->places.items[i]);
	return 0;
}

/* Keeps the first of several errors and logs the others, because there is only one exit status and
 * the first is most often the cause of the others. Names the installer if there are several. */
static void keep_error(const struct installers *installers, size_t index, struct error *failed,
		       struct error *err)
{
	if (!error_is_set(failed))
		return;
	if (installers->count > 1)
		error_wrap(failed, "%s", installers->items[index]->plugin->name);
	if (error_is_set(err))
		log_error("%s", failed->text);
	else
		error_move(err, failed);
}

static int deploy_by(const struct ui *ui, const struct deploy_lineage_request *request,
		     struct plugin_instance *installer, struct error *err)
{
	struct deploy_task task;
	size_t changes;
	int rc;

	fill_task(request, &task);
	rc = deploy_one(ui, installer, &task, err);
	if (rc == 0)
		rc = enhance_all(request, installer, &task, &changes, err);
	deploy_task_release(&task);
	return rc;
}

/* Every installer gets its turn, even if an earlier one failed: the mail server must get its
 * certificate even if the web server is down. */
int deploy_lineage(const struct ui *ui, const struct deploy_lineage_request *request,
		   struct error *err)
{
	const struct installers *installers = request->installers;

	ui_say(ui, "Deploying certificate");
	for (size_t i = 0; i < installers->count && err->code != ERR_CANCELLED; i++) {
		AUTO(error) struct error failed = ERROR_INIT;

		(void)!deploy_by(ui, request, installers->items[i], &failed);
		keep_error(installers, i, &failed, err);
	}
	return err->code;
}

static int enhance_by(const struct deploy_lineage_request *request,
		      struct plugin_instance *installer, size_t *changes, struct error *err)
{
	struct deploy_task task;
	size_t own_changes = 0;
	int rc;

	fill_task(request, &task);
	rc = enhance_all(request, installer, &task, &own_changes, err);
	*changes += own_changes;
	deploy_task_release(&task);
	return rc;
}

int deploy_enhancements(const struct ui *ui, const struct deploy_lineage_request *request,
			struct error *err)
{
	const struct installers *installers = request->installers;
	size_t changes = 0;

	for (size_t i = 0; i < installers->count && err->code != ERR_CANCELLED; i++) {
		AUTO(error) struct error failed = ERROR_INIT;

		(void)!enhance_by(request, installers->items[i], &changes, &failed);
		keep_error(installers, i, &failed, err);
	}
	if (error_is_set(err))
		return err->code;
	ui_say(ui, changes ? "The server's configuration was changed."
			   : "Nothing was changed: the server is already configured that "
			     "way.");
	return 0;
}

/* Gives all tasks of a failed call its error. It is not known which tasks the call had done, so all
 * stay owed; telling a server twice does no harm. */
static void fail_all(struct deploy_task *tasks, size_t count, const struct error *reason)
{
	for (size_t i = 0; i < count; i++) {
		error_release(&tasks[i].error);
		error_copy(&tasks[i].error, reason);
	}
}

void deploy_tell_renewed(struct plugin_instance *installer, struct deploy_task *tasks, size_t count)
{
	AUTO(error) struct error failed = ERROR_INIT;

	if (!contract(installer)->renewed || !count)
		return;
	if (contract(installer)->renewed(installer, tasks, count, &failed) < 0)
		fail_all(tasks, count, &failed);
	for (size_t i = 0; i < count; i++)
		tasks[i].renewed = !error_is_set(&tasks[i].error);
}

static int settle_by(struct plugin_instance *installer, struct deploy_task *task, struct error *err)
{
	deploy_tell_renewed(installer, task, 1);
	if (!error_is_set(&task->error))
		return contract(installer)->reload(installer, err);
	error_move(err, &task->error);
	error_wrap(err, "%s could not take over the new certificate of %s", installer->plugin->name,
		   task->lineage);
	return error_hint(err, "the next 'certbot renew' tries again");
}

/* An installation that failed, or that other options have made necessary, is made again; a server
 * that reads live/ by itself was never owed one. */
static int pay_by(struct plugin_instance *installer, struct lineage *lineage,
		  struct deploy_task *task, struct error *err)
{
	if (!renewal_state_installation_pending(lineage_conf(lineage)) ||
	    !debts_hears(contract(installer)))
		return settle_by(installer, task, err);
	if (deploy_one(installer->host->ui, installer, task, err) == 0)
		return 0;
	return error_hint(err,
			  "the next 'certbot renew' tries again; without that: certbot install "
			  "--cert-name %s",
			  task->lineage);
}

/* An installer that does not work, or fails, does not stop the others. */
static int settle_installers(struct plugins *plugins, const struct settings *settings,
			     struct lineage *lineage, const struct strvec *names, struct error *err)
{
	const char *list = settings_string(settings, "installer");
	AUTO(error) struct error lost = ERROR_INIT;
	struct installers installers;

	if (plugins_get_working(plugins, settings, list, &installers, &lost, err) < 0)
		return err->code;
	for (size_t i = 0; i < installers.count && err->code != ERR_CANCELLED; i++) {
		AUTO(error) struct error failed = ERROR_INIT;
		struct deploy_task task;

		deploy_task_init(&task, lineage, names, settings);
		(void)!pay_by(installers.items[i], lineage, &task, &failed);
		deploy_task_release(&task);
		keep_error(&installers, i, &failed, err);
	}
	if (error_is_set(&lost) && error_is_set(err))
		log_error("%s", lost.text);
	else if (error_is_set(&lost))
		return error_move(err, &lost);
	return err->code;
}

/* Returns the conf's installers that the settings do not name, as a list that the caller frees;
 * NULL: there are none. */
static char *list_others(const struct settings *settings, const struct lineage *lineage)
{
	AUTO(strvec) struct strvec recorded = STRVEC_INIT, others = STRVEC_INIT;

	installers_present(lineage_conf(lineage), &recorded);
	for (size_t i = 0; i < recorded.count; i++)
		if (!installers_include(settings, recorded.items[i]))
			strvec_push(&others, recorded.items[i]);
	return others.count ? strvec_join(&others, ",") : NULL;
}

/* The conf has one flag for all of its installers together, so a run that names some of them cannot
 * know which others an earlier one has left behind: they are told as well. */
int deploy_settle_others(struct plugins *plugins, const struct settings *settings,
			 struct lineage *lineage, struct error *err)
{
	AUTO(settings) struct settings *others = NULL;
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	AUTO_FREE char *list = list_others(settings, lineage);

	if (!list)
		return 0;
	others = settings_clone(settings);
	log_info("an earlier run has not told all services of %s: %s", lineage_name(lineage), list);
	settings_set_string(others, "installer", list, ORIGIN_RUNTIME);
	if (installers_restore(others, lineage_conf(lineage), err) == 0 &&
	    lineage_cert_names(lineage, &names, err) == 0 &&
	    settle_installers(plugins, others, lineage, &names, err) == 0)
		return 0;
	error_wrap(err,
		   "the certificate of %s is not in use everywhere: an earlier run left %s to "
		   "be told of it, which failed again",
		   lineage_name(lineage), list);
	return error_hint(err, "the next 'certbot renew' tries again");
}

int deploy_settle_rest(struct plugins *plugins, const struct settings *settings,
		       struct lineage *lineage, struct error *err)
{
	if (!renewal_state_reload_pending(lineage_conf(lineage)))
		return 0;
	return deploy_settle_others(plugins, settings, lineage, err) < 0
		       ? err->code
		       : debts_clear_reload(lineage, err);
}

int deploy_settle_lineage(struct plugins *plugins, const struct settings *settings,
			  struct lineage *lineage, const struct strvec *names, struct error *err)
{
	AUTO(error) struct error failed = ERROR_INIT;

	if (settle_installers(plugins, settings, lineage, names, err) == 0)
		return deploy_settle_rest(plugins, settings, lineage, err);
	if (err->code != ERR_CANCELLED &&
	    deploy_settle_others(plugins, settings, lineage, &failed) < 0)
		log_error("%s", failed.text);
	return err->code;
}

int deploy_pay_owed(struct plugins *plugins, const struct settings *settings,
		    struct lineage *lineage, struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (outputs_pay(plugins, settings, lineage, err) < 0)
		return err->code;
	if (!renewal_state_reload_pending(lineage_conf(lineage)) ||
	    !settings_string(settings, "installer"))
		return 0;
	return lineage_cert_names(lineage, &names, err) < 0
		       ? err->code
		       : deploy_settle_lineage(plugins, settings, lineage, &names, err);
}

/* A reload is needed for new certificates even if no line of the configuration changed: servers
 * read the files when they start. */
int deploy_renewed(const struct settings *settings, struct plugin_instance *installer,
		   struct deploy_task *tasks, size_t count, struct error *err)
{
	bool must_reload = false;
	size_t checkpoints = 0;

	if (contract(installer)->update && !settings_flag(settings, "disable_renew_updates") &&
	    edit_halving(installer, edit_updates, tasks, count, &checkpoints, err) < 0)
		return err->code;
	for (size_t i = 0; i < count; i++)
		must_reload |= tasks[i].renewed;
	return must_reload || checkpoints ? reload_or_undo(installer, checkpoints, err) : 0;
}
