/*
 * Finds the lineages that are due (see renew_scan.h). Threads open them; everything that is decided
 * or said happens in the caller's thread, in the order of the confs, so that two runs over the same
 * directory print the same lines.
 */
#include "app/renewal/renew_scan.h"

#include "app/debts/debts.h"
#include "app/debts/outputs.h"
#include "app/renewal/due.h"
#include "store/renewal/renewal_state.h"
#include "app/renewal/report.h"
#include "app/renewal/told.h"
#include "base/alloc.h"
#include "base/log.h"
#include "codec/datetime.h"
#include "store/lineage/lineage_walk.h"

/* Lineages held in memory at a time; also how many questions are sent to a CA at once. More would
 * not be faster, because the number of connections to the CA is the same. */
#define GROUP 256

static void renewals_clear(struct renewal **renewals, size_t *count)
{
	while (*count)
		renewal_free(renewals[--*count]);
}

void renew_scan_clear(struct renew_scan *scan)
{
	renewals_clear(scan->due, &scan->due_count);
	renewals_clear(scan->others, &scan->others_count);
}

void renew_scan_release(struct renew_scan *scan)
{
	renew_scan_clear(scan);
	free(scan->due);
	free(scan->others);
}

/* The lineages read together, and whether each is due. */
struct group {
	struct renewal *renewals[GROUP];
	struct due_item items[GROUP];
	size_t count;
};

/* The context of a walk. */
struct walk {
	struct plugins *plugins;
	struct cas *cas;
	struct renew_scan *scan;
	struct group *group;
};

static const struct settings *settings_of(const struct walk *walk)
{
	return walk->plugins->host.settings;
}

static const struct ui *ui_of(const struct walk *walk)
{
	return walk->plugins->host.ui;
}

static int64_t now_of(const struct walk *walk)
{
	return clock_now_seconds(walk->plugins->host.clock);
}

static void announce_conf(const struct ui *ui, const char *conf_path)
{
	ui_say(ui, "\n%s\nProcessing %s\n%s", report_frame, conf_path, report_frame);
}

void renew_scan_announce(const struct ui *ui, struct renewal *renewal)
{
	if (!renewal->is_announced)
		announce_conf(ui, renewal->conf_path);
	renewal->is_announced = true;
}

/* Prints Certbot's lines about a conf that cannot be used; monitoring looks for "Skipping".
 * ERR_CONFIG: the conf lacks something, described in a sentence. A broken conf is counted at the
 * end and makes the exit status 1, but the others are renewed. */
static void note_invalid(const struct walk *walk, const char *name, const struct error *reason)
{
	AUTO_FREE char *path = store_renewal_path(settings_config_dir(settings_of(walk)), name);

	announce_conf(ui_of(walk), path);
	if (reason->code == ERR_CONFIG) {
		log_error("%s Skipping.", reason->text);
	} else {
		log_error("Renewal configuration file %s is broken.", path);
		log_error("The error was: %s\nSkipping.", reason->text);
	}
	strpack_push(&walk->scan->lists->invalid, path);
	told_give(ui_of(walk), told_invalid(ui_of(walk), path, reason));
}

/* The conf is fine, but the files it names are not. */
static void note_unusable(const struct ui *ui, struct renew_scan *scan, struct renewal *renewal,
			  const struct error *reason)
{
	renew_scan_announce(ui, renewal);
	log_error("Renewal configuration file %s (cert: %s) produced an unexpected error: %s. "
		  "Skipping.",
		  renewal->conf_path, renewal->name, reason->text);
	strpack_push(&scan->lists->invalid, renewal->conf_path);
	told_give(ui, told_invalid(ui, renewal->conf_path, reason));
}

/* Puts a generation into live/ if a crash prevented that. The certificate in use may then have
 * another window, so whether to ask the CA is decided again. */
static void finish_deployment(const struct walk *walk, struct renewal *renewal)
{
	AUTO(error) struct error err = ERROR_INIT;
	bool switched = false;

	if (!renewal->has_pending)
		return;
	if (debts_show_pending(walk->plugins, renewal->settings, renewal->lineage, &switched,
			       &err) < 0)
		log_warning("cannot use the newest certificate of %s: %s", renewal->name, err.text);
	else if (switched)
		log_warning("Found a newer certificate for %s that was not in use yet; using it "
			    "now.",
			    renewal->name);
	renewal->has_questions = due_has_questions(renewal->lineage, now_of(walk));
}

/* Returns true if the next try is postponed because of earlier failures; it is listed as such. CAs
 * limit the failed validations of a name per hour (Let's Encrypt: five), and an hourly timer would
 * use them up. There is no delay for a person who names the certificate, because that person may
 * have fixed the cause. */
static bool is_postponed(const struct walk *walk, struct renewal *renewal)
{
	int64_t next_try = renewal_state_next_try(lineage_conf(renewal->lineage));
	AUTO_FREE char *when = NULL;
	int failures;
	struct json *told;

	if (next_try <= now_of(walk) || settings_string(settings_of(walk), "certname") ||
	    settings_flag(renewal->settings, "renew_by_default") ||
	    settings_flag(renewal->settings, "dry_run"))
		return false;
	failures = renewal_state_failures(lineage_conf(renewal->lineage));
	when = datetime_rfc3339(next_try);
	renew_scan_announce(ui_of(walk), renewal);
	ui_say(ui_of(walk),
	       "Renewal failed %d time%s; not trying again before %s. To try now: certbot renew "
	       "--cert-name %s",
	       failures, failures == 1 ? "" : "s", when, renewal->name);
	strpack_pushf(&walk->scan->lists->postponed, "%s next try after %s",
		      lineage_live_path(renewal->lineage, STORE_FULLCHAIN), when);
	told = told_lineage(ui_of(walk), renewal->lineage, "postponed");
	if (told)
		json_set_time(told, "next_try", next_try);
	told_give(ui_of(walk), told);
	return true;
}

static void keep_renewal(struct renewal ***items, size_t *count, size_t *capacity,
			 struct renewal *renewal)
{
	ARRAY_GROW(*items, *count, *capacity);
	(*items)[(*count)++] = renewal;
}

static void note_skipped(const struct ui *ui, struct renew_scan *scan, struct renewal *renewal)
{
	AUTO(error) struct error err = ERROR_INIT;
	const struct cert *cert = NULL;
	AUTO_FREE char *date = NULL;

	renew_scan_announce(ui, renewal);
	ui_say(ui, "Certificate not yet due for renewal");
	told_give(ui, told_lineage(ui, renewal->lineage, "skipped"));
	if (lineage_cert(renewal->lineage, &cert, &err) < 0)
		return;
	date = datetime_date(cert_not_after(cert));
	strpack_pushf(&scan->lists->skipped, "%s expires on %s",
		      lineage_live_path(renewal->lineage, STORE_FULLCHAIN), date);
}

/* Nobody would notice before a server's visitors do. */
static void warn_of_second_left(const struct walk *walk, const struct renewal *renewal)
{
	AUTO_FREE char *remedy = lineage_second_remedy(renewal->lineage);

	if (remedy && settings_origin(settings_of(walk), "key_type") != ORIGIN_COMMAND_LINE)
		log_warning("The second key of %s (%s) is not renewed any more. What to type: %s",
			    renewal->name, lineage_second_left(renewal->lineage), remedy);
}

/* Puts one lineage into the list where it belongs, and takes it out of `*slot` if it is kept. A
 * lineage with debts of an earlier run is kept even if it is not due: hooks and reloads are done at
 * the end of the run. */
static void sort_one(const struct walk *walk, struct renewal **slot, struct due_item *item)
{
	struct renew_scan *scan = walk->scan;
	struct renewal *renewal = *slot;
	const struct ini *conf = lineage_conf(renewal->lineage);
	bool owed = outputs_are_owed(renewal->lineage) || renewal_state_deploy_pending(conf) ||
		    renewal_state_reload_pending(conf) || renewal_state_proof_pending(conf);

	if (error_is_set(&item->error)) {
		note_unusable(ui_of(walk), scan, renewal, &item->error);
		return;
	}
	warn_of_second_left(walk, renewal);
	if (item->due && !is_postponed(walk, renewal)) {
		if (item->reason)
			log_info("%s is due for renewal: %s", renewal->name, item->reason);
		told_due(ui_of(walk), renewal->name, item->reason);
		renewal->request.change.reason = item->reason;
		renewal->request.second_only = item->second_only;
		keep_renewal(&scan->due, &scan->due_count, &scan->due_capacity, STEAL(*slot));
		return;
	}
	if (!item->due)
		note_skipped(ui_of(walk), scan, renewal);
	if (owed || renewal_wants_updates(walk->plugins, renewal))
		keep_renewal(&scan->others, &scan->others_count, &scan->others_capacity,
			     STEAL(*slot));
}

/* --renew-window in seconds. */
static int64_t window_of(const struct settings *settings)
{
	return settings_int(settings, "renew_window") * 86400;
}

/* --force-renewal and --dry-run renew everything and ask nobody: no answer of the CA would change
 * that. */
static bool takes_all(const struct settings *settings)
{
	return settings_flag(settings, "renew_by_default") || settings_flag(settings, "dry_run");
}

static int finish_group(const struct walk *walk, struct error *err)
{
	struct group *group = walk->group;
	bool is_whole = takes_all(settings_of(walk));
	int rc = 0;

	for (size_t i = 0; i < group->count; i++)
		group->items[i] = (struct due_item){.lineage = group->renewals[i]->lineage,
						    .window = window_of(settings_of(walk)),
						    .due = is_whole};
	if (!is_whole)
		rc = due_check_batch(walk->cas, group->items, group->count, err);
	for (size_t i = 0; i < group->count; i++) {
		if (rc == 0)
			sort_one(walk, &group->renewals[i], &group->items[i]);
		renewal_free(group->renewals[i]);
		error_release(&group->items[i].error);
	}
	group->count = 0;
	return rc;
}

/* Sorts a lineage at once if no question about it is open, unless others before it wait for an
 * answer: the order stays that of the confs. Most lineages are neither due nor asked about; they
 * are freed before the next one is opened, and memory does not grow with their number. */
static bool sort_at_once(const struct walk *walk, struct renewal **slot)
{
	struct due_item item = {.lineage = (*slot)->lineage,
				.window = window_of(settings_of(walk)),
				.due = takes_all(settings_of(walk))};

	if (walk->group->count || (!item.due && (*slot)->has_questions))
		return false;
	due_decide(now_of(walk), &item);
	sort_one(walk, slot, &item);
	error_release(&item.error);
	return true;
}

/* Runs in several threads. It must not print, ask or write: only reading is safe in several threads
 * at a time. */
static void prepare_lineage(void *context, struct lineage_opened *opened)
{
	const struct walk *walk = context;
	struct renewal *renewal = NULL;

	if (renewal_of_lineage(settings_of(walk), STEAL(opened->lineage), &renewal,
			       &opened->error) < 0)
		return;
	renewal->has_questions = due_has_questions(renewal->lineage, now_of(walk));
	renewal->name = opened->name;
	opened->prepared = renewal;
}

static void discard(void *own_prepared)
{
	renewal_free(own_prepared);
}

/* Renewals are carried out window by window, so that 100,000 due lineages are never in memory
 * together. */
static int give_if_full(struct renew_scan *scan, struct error *err)
{
	if (!scan->window || scan->due_count + scan->others_count < scan->window)
		return 0;
	return scan->full(scan, err);
}

/* The walk frees whatever stays in `opened`. */
static int take_lineage(void *context, struct lineage_opened *opened, struct error *err)
{
	const struct walk *walk = context;
	struct group *group = walk->group;
	struct renewal *renewal = opened->prepared;

	if (!renewal) {
		note_invalid(walk, opened->name, &opened->error);
		return 0;
	}
	finish_deployment(walk, renewal);
	opened->prepared = NULL;
	if (sort_at_once(walk, &renewal)) {
		opened->prepared = renewal; /* unless it was kept */
		return give_if_full(walk->scan, err);
	}
	group->renewals[group->count++] = renewal;
	if (group->count < GROUP)
		return 0;
	if (finish_group(walk, err) < 0)
		return err->code;
	return give_if_full(walk->scan, err);
}

int renew_scan_names(const struct app *app, const struct strvec *names, struct renew_scan *scan,
		     struct error *err)
{
	AUTO_FREE struct group *group = xcalloc(1, sizeof(*group));
	struct walk context = {app->plugins, app->cas, scan, group};
	const struct lineage_walk walk = {
		.config_dir = settings_config_dir(app->settings),
		.names = names,
		.repairs = true,
		.prepare = prepare_lineage,
		.discard = discard,
		.visit = take_lineage,
		.context = &context,
	};

	if (lineage_walk(&walk, err) < 0)
		return err->code;
	return finish_group(&context, err);
}
