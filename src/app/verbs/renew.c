/*
 * renew (see renew.h): scan, sleep, renew in one batch, reload once, run hooks, print a summary.
 */
#include "app/verbs/renew.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/fleet/seam.h"
#include "app/notify/notify.h"
#include "app/renewal/claims.h"
#include "app/renewal/deploy_hooks.h"
#include "app/debts/hooks.h"
#include "app/issue/identifiers.h"
#include "app/debts/outputs.h"
#include "app/renewal/renew_installers.h"
#include "app/renewal/renew_scan.h"
#include "app/renewal/renew_summary.h"
#include "app/renewal/renewal.h"
#include "app/renewal/report.h"
#include "app/renewal/told.h"
#include "store/renewal/renewal_state.h"
#include "app/renewal/served.h"
#include "app/status/status_metrics.h"
#include "base/alloc.h"
#include "base/log.h"
#include "base/map.h"
#include "config/key_types.h"
#include "config/names.h"
#include "config/services.h"
#include "os/file/file.h"
#include "os/random.h"
#include "os/signals.h"
#include "os/terminal.h"
#include "store/directories.h"
#include "store/lineage/lineage_sharing.h"

/* Longest random pause before the first renewal of an unattended run (seconds; Certbot's). */
#define LONGEST_SLEEP 480
/* How many lineages are renewed together, with one reload, unless --parallel asks for more. */
#define WINDOW 1000

struct renew_run {
	struct app *app;
	struct renew_lists lists;
	struct renew_scan scan;
	struct strvec renewed_names, failed_names; /* identifiers, for the post-hooks */
	bool is_alone;                             /* only one was due */
	bool has_slept;
	struct claims claims;  /* of those that were due */
	struct map unrecorded; /* lineage -> its failure, and why that is not in its conf */
};

static void renew_run_release(struct renew_run *run)
{
	renew_scan_release(&run->scan);
	renew_lists_release(&run->lists);
	strvec_release(&run->renewed_names);
	strvec_release(&run->failed_names);
	claims_release(&run->claims);
	map_release(&run->unrecorded);
}
DEFINE_AUTO(renew_run, renew_run_release);

/* --cert-name of a lineage that does not exist is an error even in `renew`, because a timer would
 * otherwise never report a typing mistake. */
static int find_names(const struct settings *settings, struct strvec *ret_names, struct error *err)
{
	const char *config_dir = settings_config_dir(settings);
	const char *wanted = settings_string(settings, "certname");
	AUTO(strvec) struct strvec all = STRVEC_INIT;

	if (!wanted)
		return lineage_names(config_dir, ret_names, err);
	if (lineage_names(config_dir, &all, err) < 0)
		return err->code;
	if (!strvec_contains(&all, wanted)) {
		AUTO_FREE char *path = store_renewal_path(config_dir, wanted);

		return error_set(err, ERR_NOT_FOUND,
				 "No certificate found with name %s (expected %s).", wanted, path);
	}
	strvec_push(ret_names, wanted);
	return 0;
}

/* Returns when the certificate expires; one that cannot be read comes first, to be reported. */
static int64_t urgency(const struct renewal *renewal)
{
	AUTO(error) struct error err = ERROR_INIT;
	const struct cert *cert = NULL;

	return lineage_cert(renewal->lineage, &cert, &err) < 0 ? 0 : cert_not_after(cert);
}

static int compare_urgency(const void *a, const void *b)
{
	const struct renewal *const *left = a, *const *right = b;
	int64_t left_end = urgency(*left), right_end = urgency(*right);

	if (left_end != right_end)
		return left_end < right_end ? -1 : 1;
	return strcmp((*left)->name, (*right)->name);
}

/* --limit N: renew only the N most urgent; the rest stay due for the next run. The order is by
 * expiry, so that too small a limit never lets one expire while others are renewed early. */
static void apply_limit(struct renew_run *run)
{
	size_t limit = (size_t)settings_int(run->app->settings, "limit");
	int64_t until;

	if (!limit || run->scan.due_count <= limit)
		return;
	qsort(run->scan.due, run->scan.due_count, sizeof(*run->scan.due), compare_urgency);
	run->lists.left_over += run->scan.due_count - limit;
	until = urgency(run->scan.due[limit]);
	if (!run->lists.left_until || until < run->lists.left_until)
		run->lists.left_until = until;
	while (run->scan.due_count > limit)
		renewal_free(run->scan.due[--run->scan.due_count]);
}

/* Where a conf was copied, the original is the one with the name of its archive. */
static bool is_original(const struct renewal *renewal)
{
	return strcmp(path_basename(lineage_archive_dir(renewal->lineage)), renewal->name) == 0;
}

/* Claims the lineage's files for it. Returns the name of the lineage that has them. */
static const char *claim(struct claims *claims, const struct renewal *renewal)
{
	struct store_id ids[2];

	return claims_take(claims, ids, lineage_store_ids(renewal->lineage, ids), renewal->name);
}

/* Confs that share an archive or live directory are one certificate, which is renewed once. */
static void merge_shared(struct renew_run *run)
{
	struct renew_scan *scan = &run->scan;
	size_t kept = 0;

	for (size_t i = 0; i < scan->due_count; i++)
		if (is_original(scan->due[i]))
			claim(&run->claims, scan->due[i]);
	for (size_t i = 0; i < scan->due_count; i++) {
		struct renewal *renewal = scan->due[i];
		const char *owner = claim(&run->claims, renewal);

		if (strcmp(owner, renewal->name) == 0) {
			scan->due[kept++] = renewal;
			continue;
		}
		log_warning("%s shares files with %s and is not renewed separately.", renewal->name,
			    owner);
		renewal_free(renewal);
	}
	scan->due_count = kept;
}

/* Drops lineages that another process renewed while the locks were free. The next run will check
 * them again. */
static void drop_renewed_meanwhile(struct renew_run *run)
{
	size_t kept = 0;

	for (size_t i = 0; i < run->scan.due_count; i++) {
		struct renewal *renewal = run->scan.due[i];

		if (lineage_has_changed(renewal->lineage)) {
			log_info("%s was renewed or changed by another process in the meantime",
				 renewal->name);
			renewal_free(renewal);
		} else {
			run->scan.due[kept++] = renewal;
		}
	}
	run->scan.due_count = kept;
}

/* True when somebody is probably waiting. A timer renews all that is due; a run that names a
 * certificate, forces or rehearses was started by a person, perhaps by ssh or a script. */
static bool is_started_by_person(const struct settings *settings)
{
	return terminal_is_interactive(STDIN_FILENO) ||
	       !settings_flag(settings, "random_sleep_on_renew") ||
	       settings_origin(settings, "certname") == ORIGIN_COMMAND_LINE ||
	       settings_origin(settings, "renew_by_default") == ORIGIN_COMMAND_LINE ||
	       settings_flag(settings, "dry_run");
}

/* The random pause of unattended runs, so that not all clients ask the CA in the same second. No
 * lock is held meanwhile. As in Certbot, only when something is due. */
static int sleep_a_while(struct renew_run *run, struct error *err)
{
	struct app *app = run->app;
	const struct clock *clock = app->network.clock;
	int64_t seconds = 1 + (int64_t)random_below(LONGEST_SLEEP);

	if (!run->scan.due_count || run->has_slept || is_started_by_person(app->settings))
		return 0;
	run->has_slept = true;
	log_info("Non-interactive renewal: random delay of %lld seconds", (long long)seconds);
	ui_say(app->ui,
	       "Waiting %lld seconds before the first renewal (no terminal; disable with "
	       "--no-random-sleep-on-renew)",
	       (long long)seconds);
	ui_progress(app->ui, "Waiting before the first renewal");
	directories_unlock(app->directories);
	if (clock->sleep_until(clock->context, clock_mono_ms(clock) + seconds * 1000) < 0)
		return error_set(err, ERR_CANCELLED, "stopped by a signal");
	ui_progress(app->ui, "%s", "");
	if (directories_lock_again(app->directories, err) < 0)
		return err->code;
	drop_renewed_meanwhile(run);
	return 0;
}

/* Names that do not fit into the post-hooks' environment would only cost memory. */
static bool post_hooks_want_more(const struct strvec *names)
{
	return names->count < HOOKS_MOST_NAMES;
}

/* A failure that is not on record is known only to those who read what this run prints. */
static void record_failure(struct renew_run *run, struct renewal *renewal,
			   const struct error *failure)
{
	AUTO(error) struct error unsaved = ERROR_INIT;

	if (renewal_note_failure(network_now(&run->app->network), renewal, failure, &unsaved) == 0)
		return;
	log_warning("cannot record the failure: %s", unsaved.text);
	map_set(&run->unrecorded, renewal->name,
		xasprintf("a renewal failed: %s; that is not on record: %s", failure->text,
			  unsaved.text));
}

static void note_failure(struct renew_run *run, struct renewal *renewal,
			 const struct error *failure)
{
	struct json *told = told_lineage(run->app->ui, renewal->lineage, "failed");
	const struct acme_identifiers *identifiers = &renewal->request.identifiers;

	for (size_t i = 0; i < identifiers->count && post_hooks_want_more(&run->failed_names); i++)
		strvec_push_unique(&run->failed_names, identifiers->items[i].value);
	log_error("Failed to renew certificate %s with error: %s", renewal->name, failure->text);
	if (failure->hint)
		log_error("Hint: %s", failure->hint);
	record_failure(run, renewal, failure);
	told_set_error(told, &renewal->request, failure);
	told_give(run->app->ui, told);
	strpack_push(&run->lists.failed, lineage_live_path(renewal->lineage, STORE_FULLCHAIN));
	run->lists.failed_renewals++;
}

/* The failure is on record already, with what the first key's certificate has changed. */
static void note_second_failure(struct renew_run *run, const struct renewal *renewal)
{
	const struct error *failure = issue_request_second_error(&renewal->request);

	if (!failure)
		return;
	log_error("Certificate %s was renewed for its first key, but not for its %s key: %s",
		  renewal->name, key_types_second(renewal->settings), failure->text);
	strpack_pushf(&run->lists.failed, "%s (%s key)",
		      lineage_live_path(renewal->lineage, STORE_FULLCHAIN),
		      key_types_second(renewal->settings));
}

/* Prepares all that are due. One that cannot be prepared is recorded as failed and leaves the
 * batch; the others go on. A signal stops everything. */
static int prepare_due(struct renew_run *run, struct error *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < run->scan.due_count; i++) {
		struct renewal *renewal = run->scan.due[i];
		AUTO(error) struct error failure = ERROR_INIT;

		if (error_is_set(err) || renewal_prepare(run->app, renewal, &failure) == 0) {
			run->scan.due[kept++] = renewal;
			continue;
		}
		if (failure.code == ERR_CANCELLED) {
			run->scan.due[kept++] = renewal;
			error_move(err, &failure);
			continue;
		}
		if (failure.code == ERR_REFUSED && settings_flag(renewal->settings, "dry_run")) {
			renew_scan_announce(run->app->ui, renewal);
			ui_say(run->app->ui, "%s: %s", renewal->name, failure.text);
			strpack_push(&run->lists.passed_over,
				     lineage_live_path(renewal->lineage, STORE_FULLCHAIN));
			told_failure(run->app->ui, renewal->lineage, "not-simulated", &failure);
		} else {
			renew_scan_announce(run->app->ui, renewal);
			note_failure(run, renewal, &failure);
		}
		renewal_free(renewal);
	}
	run->scan.due_count = kept;
	return err->code;
}

static int issue_all(struct renew_run *run, struct error *err)
{
	size_t count = run->scan.due_count;
	struct issue_request **requests = xcalloc(count, sizeof(*requests));
	int rc;

	for (size_t i = 0; i < count; i++)
		requests[i] = &run->scan.due[i]->request;
	if (run->is_alone && count)
		report_request(run->app->ui, run->app->settings, &requests[0]->identifiers,
			       DECIDE_RENEW);
	seam_guard(run->app->plugins, requests, count);
	rc = issue_batch(run->app->plugins, requests, count, err);
	seam_unguard(requests, count);
	free(requests);
	return rc;
}

static bool is_renewed(const struct renewal *renewal)
{
	return !error_is_set(&renewal->request.error);
}

/* Loads the names that installers and hooks are given for the renewed lineages. */
static void load_names(struct renew_run *run)
{
	for (size_t i = 0; i < run->scan.due_count; i++) {
		struct renewal *renewal = run->scan.due[i];

		if (!is_renewed(renewal))
			continue;
		identifiers_to_names(&renewal->request.identifiers, &renewal->names);
		if (post_hooks_want_more(&run->renewed_names))
			strvec_extend(&run->renewed_names, &renewal->names);
		strpack_push(&run->lists.succeeded,
			     lineage_live_path(renewal->lineage, STORE_FULLCHAIN));
		told_give(run->app->ui,
			  told_lineage(run->app->ui, renewal->lineage,
				       settings_flag(renewal->settings, "dry_run") ? "simulated"
										   : "renewed"));
	}
}

/* Writes outputs that are owed, also by earlier runs. Services are told only afterwards, or they
 * would read the old files. */
static void write_outputs(struct renew_run *run, struct renewal *renewal)
{
	AUTO(error) struct error err = ERROR_INIT;

	if (settings_flag(renewal->settings, "dry_run") || error_is_set(&renewal->request.error) ||
	    outputs_pay(run->app->plugins, renewal->settings, renewal->lineage, &err) == 0)
		return;
	log_error("%s", err.text);
	if (err.hint)
		log_error("Hint: %s", err.hint);
	strpack_pushf(&run->lists.failed, "%s outputs", renewal->name);
	told_failure(run->app->ui, renewal->lineage, "outputs-failed", &err);
}

static void write_all_outputs(struct renew_run *run)
{
	for (size_t i = 0; i < run->scan.due_count; i++)
		write_outputs(run, run->scan.due[i]);
	for (size_t i = 0; i < run->scan.others_count; i++)
		write_outputs(run, run->scan.others[i]);
}

/* Reports how one renewal ended and runs its deploy hooks. When several ran at the same time, the
 * lines of each stay together. */
static int conclude_renewal(struct renew_run *run, struct renewal *renewal, struct error *err)
{
	struct app *app = run->app;

	renew_scan_announce(app->ui, renewal);
	if (!run->is_alone)
		report_request(app->ui, app->settings, &renewal->request.identifiers, DECIDE_RENEW);
	if (is_renewed(renewal)) {
		note_second_failure(run, renewal);
		return deploy_hooks_run(app->hooks, renewal->settings, renewal->lineage,
					&renewal->names, err);
	}
	if (renewal->request.is_elsewhere) {
		ui_say(app->ui, "Not renewed here: %s", renewal->request.error.text);
		told_failure(run->app->ui, renewal->lineage, "elsewhere", &renewal->request.error);
		return 0;
	}
	issue_report_failures(app->ui, &renewal->request);
	note_failure(run, renewal, &renewal->request.error);
	return 0;
}

/* Runs the deploy hooks that failed in an earlier run, or have not run yet: another machine of a
 * fleet has renewed the certificate. */
static int run_owed_hooks(const struct app *app, struct renewal *renewal, struct error *err)
{
	if (renewal_load_names(renewal, err) < 0)
		return err->code;
	ui_say(app->ui, "Running the deploy hooks of %s, which have not succeeded yet",
	       renewal->name);
	return deploy_hooks_run(app->hooks, renewal->settings, renewal->lineage, &renewal->names,
				err);
}

/* After the servers have been reloaded: hooks may check the certificate that is served. */
static int conclude_all(struct renew_run *run, struct error *err)
{
	struct app *app = run->app;

	for (size_t i = 0; i < run->scan.due_count; i++)
		if (conclude_renewal(run, run->scan.due[i], err) < 0)
			return err->code;
	for (size_t i = 0; i < run->scan.others_count; i++) {
		struct renewal *renewal = run->scan.others[i];

		if (renewal_state_deploy_pending(lineage_conf(renewal->lineage)) &&
		    !settings_flag(app->settings, "dry_run") &&
		    run_owed_hooks(app, renewal, err) < 0)
			return err->code;
	}
	return 0;
}

/* A single renewal is announced before it starts; with several, each is announced with its
 * result. */
static void announce_due(struct renew_run *run)
{
	size_t count = run->scan.due_count;
	bool is_rehearsal = settings_flag(run->app->settings, "dry_run");

	run->is_alone = count == 1;
	if (run->is_alone)
		renew_scan_announce(run->app->ui, run->scan.due[0]);
	else if (count)
		ui_say(run->app->ui, "\n%s %zu certificates",
		       is_rehearsal ? "Simulating renewal of" : "Renewing", count);
}

static void note_unproven(struct renew_run *run, const struct served_item *item)
{
	AUTO(error) struct error unserved = ERROR_INIT;

	for (size_t i = 0; i < item->failures.count; i++)
		log_warning("The new certificate of %s is not served: %s",
			    lineage_name(item->lineage), item->failures.items[i]);
	if (!item->failures.count)
		return;
	strpack_pushf(&run->lists.failed, "%s where it is served", lineage_name(item->lineage));
	error_set(&unserved, ERR_PLUGIN, "not served: %s", item->failures.items[0]);
	told_failure(run->app->ui, item->lineage, "not-served", &unserved);
}

static void add_unproven(struct renewal *renewal, bool has_places, struct served_item *items,
			 size_t *count)
{
	const struct ini *conf = lineage_conf(renewal->lineage);
	AUTO(error) struct error unreadable = ERROR_INIT;

	if (!renewal_state_proof_pending(conf) || error_is_set(&renewal->request.error) ||
	    services_in_conf(conf, "prove") != has_places)
		return;
	if (renewal_load_names(renewal, &unreadable) < 0)
		log_warning("%s", unreadable.text);
	items[(*count)++] = (struct served_item){renewal->lineage, &renewal->names,
						 renewal->settings};
}

/* Checks that services present the renewed certificates, now that all services have been told:
 * either the lineages with places of --prove, or the others. */
static int prove_all(struct renew_run *run, bool has_places, struct error *err)
{
	struct renew_scan *scan = &run->scan;
	AUTO_FREE struct served_item *items = xcalloc(scan->due_count + scan->others_count + 1,
						      sizeof(*items));
	size_t count = 0;
	int rc;

	for (size_t i = 0; i < scan->due_count; i++)
		add_unproven(scan->due[i], has_places, items, &count);
	for (size_t i = 0; i < scan->others_count; i++)
		add_unproven(scan->others[i], has_places, items, &count);
	rc = served_prove(run->app->plugins, items, count, err);
	for (size_t i = 0; i < count; i++) {
		note_unproven(run, &items[i]);
		served_item_release(&items[i]);
	}
	return rc;
}

/* Renews those of the loaded lineages that are due, and frees them. Each step needs the ones before
 * it: outputs before servers, servers before hooks, all before the proof. */
static int renew_window(struct renew_run *run, struct error *err)
{
	merge_shared(run);
	if (sleep_a_while(run, err) < 0)
		return err->code;
	announce_due(run);
	if (prepare_due(run, err) < 0)
		return err->code;
	if (run->scan.due_count && issue_all(run, err) < 0)
		return err->code;
	load_names(run);
	write_all_outputs(run);
	renew_installers_follow(run->app->plugins, &run->scan);
	/* When deploy hooks run, the servers already present the new certificate. Hooks may reload
	 * the service at a place of --prove, so those places are checked after them. */
	if (prove_all(run, false, err) < 0 || conclude_all(run, err) < 0 ||
	    prove_all(run, true, err) < 0)
		return err->code;
	renew_scan_clear(&run->scan);
	return 0;
}

/* The scan has filled its window. With --limit, the most urgent are known only at its end. */
static int take_window(struct renew_scan *scan, struct error *err)
{
	struct renew_run *run = CONTAINER_OF(scan, struct renew_run, scan);

	if (!settings_int(run->app->settings, "limit"))
		return renew_window(run, err);
	/* Sort once per window, not for each lineage. */
	if (run->scan.due_count >= run->scan.window)
		apply_limit(run);
	return 0;
}

static size_t window_size(const struct settings *settings)
{
	size_t limit = (size_t)settings_int(settings, "limit");
	size_t parallel = (size_t)settings_int(settings, "parallel");

	if (limit)
		return limit + WINDOW;
	return parallel > WINDOW ? parallel : WINDOW;
}

static int scan_and_renew(struct renew_run *run, const struct strvec *names, struct error *err)
{
	if (renew_scan_names(run->app, names, &run->scan, err) < 0)
		return err->code;
	apply_limit(run);
	return renew_window(run, err);
}

/* A fleet that cannot be reached is a failure, but no reason to leave anything undone that needs
 * no fleet. A signal ends the run. */
static int pull_first(struct renew_run *run, struct error *err)
{
	AUTO(error) struct error failure = ERROR_INIT;

	if (seam_pull(run->app->plugins, &failure) == 0)
		return 0;
	if (failure.code == ERR_CANCELLED)
		return error_move(err, &failure);
	log_error("%s", failure.text);
	if (failure.hint)
		log_error("Hint: %s", failure.hint);
	strpack_push(&run->lists.failed, "what the fleet has renewed");
	return 0;
}

/* The error of the run, once all is done that there was to do. */
static int renew_outcome(const struct renew_lists *lists, struct error *err)
{
	if (lists->passed_over.count && !lists->succeeded.count && !lists->failed.count)
		return error_set(err, ERR_REFUSED, "no renewal could be simulated");
	if (lists->failed.count || lists->invalid.count)
		return error_set(err, ERR_PLUGIN, "%zu renew failure(s), %zu parse failure(s)",
				 lists->failed.count, lists->invalid.count);
	return 0;
}

static int renew_names(struct renew_run *run, const struct strvec *names, struct error *err)
{
	const struct app *app = run->app;
	AUTO(error) struct error post_error = ERROR_INIT;
	int rc;

	result_list_begin(app->ui, "certificates");
	rc = scan_and_renew(run, names, err);
	result_list_end(app->ui);
	if (rc == 0)
		renew_summary_print(app->ui, app->settings, &run->lists);
	/* Also after a signal: a service that a pre-hook stopped has to be started again. */
	if (hooks_run_post(app->hooks, &run->renewed_names, &run->failed_names, &post_error) < 0 &&
	    rc == 0)
		rc = error_move(err, &post_error);
	return rc < 0 ? rc : renew_outcome(&run->lists, err);
}

/* Last, when all that the run changes is on record, and also after a run that ended early: the
 * metrics of the one before would say that all is well. A rehearsal changes nothing. */
static void write_metrics(const struct renew_run *run, int64_t started, int rc,
			  struct status_list *list)
{
	const struct status_run outcome = {
		.started = started,
		.succeeded = rc == 0,
		.renewed = run->lists.succeeded.count,
		.failed = run->lists.failed.count,
		.invalid = run->lists.invalid.count,
		.skipped = run->lists.skipped.count,
		.postponed = run->lists.postponed.count,
	};

	if (!settings_flag(run->app->settings, "dry_run"))
		status_metrics_of_run(run->app->plugins, &outcome, list);
}

/* Last of all, as it waits for servers: with what the run has recorded. A run for one certificate
 * does not show that the timer works. */
static void tell_people(const struct renew_run *run, struct status_list *list)
{
	const struct settings *settings = run->app->settings;

	if (!settings_flag(settings, "dry_run"))
		notify_of_run(run->app->plugins, list, &run->unrecorded,
			      !settings_string(settings, "certname"));
}

/* Checks what has to be in order before anything is renewed, and renews. */
static int check_and_renew(struct renew_run *run, struct error *err)
{
	const struct settings *settings = run->app->settings;
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (served_check(settings, err) < 0 || notify_check_for_run(settings, err) < 0 ||
	    pull_first(run, err) < 0 || find_names(settings, &names, err) < 0)
		return err->code;
	return renew_names(run, &names, err);
}

static void tell_summary(const struct ui *ui, const struct renew_lists *lists)
{
	struct json *summary = json_object_new();

	json_set_int(summary, "renewed", (int64_t)lists->succeeded.count);
	json_set_int(summary, "failed", (int64_t)lists->failed.count);
	json_set_int(summary, "invalid", (int64_t)lists->invalid.count);
	json_set_int(summary, "skipped", (int64_t)lists->skipped.count);
	json_set_int(summary, "postponed", (int64_t)lists->postponed.count);
	json_set_int(summary, "not_simulated", (int64_t)lists->passed_over.count);
	json_set_int(summary, "left_over", (int64_t)lists->left_over);
	result_set(ui, "summary", summary);
}

int renew_all(struct app *app, struct error *err)
{
	AUTO(renew_run) struct renew_run run = {
		.app = app,
		.lists = RENEW_LISTS_INIT,
		.renewed_names = STRVEC_INIT,
		.failed_names = STRVEC_INIT,
		.claims = CLAIMS_INIT,
		.unrecorded = MAP_INIT(free),
	};
	AUTO(status_list) struct status_list after = STATUS_LIST_INIT;
	int64_t started = network_now(&app->network);
	int rc;

	result_set_bool(app->ui, "dry_run", settings_flag(app->settings, "dry_run"));
	run.scan.lists = &run.lists;
	run.scan.window = window_size(app->settings);
	run.scan.full = take_window;
	rc = check_and_renew(&run, err);
	tell_summary(app->ui, &run.lists);
	write_metrics(&run, started, rc, &after);
	tell_people(&run, &after);
	return rc;
}
