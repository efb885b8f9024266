/*
 * Handing over and back (see handover.h). Everything that can be refused is refused before the
 * record is written; the record (changes.h) is written before the first change. systemd is told
 * last, because telling it twice does no harm.
 */
#include "handover/handover.h"

#include <stdlib.h>
#include <string.h>

#include "handover/changes.h"
#include "handover/own_schedule.h"
#include "schedules/schedules.h"
#include "handover/shadow.h"
#include "handover/shadow_compare.h"
#include "schedules/units.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/json.h"
#include "os/file/file.h"
#include "os/process/process.h"
#include "store/lineage/lineage.h"

#define MAX_OUTPUT (4 * 1024 * 1024)

struct handover {
	struct app *app;
	char *record_path;
	struct changes changes;
	struct strvec left; /* entries that somebody else has changed, which are left alone */
	bool has_record;
	bool has_systemd;
};

#define HANDOVER_INIT(of_app)                                                                      \
	{                                                                                          \
		.app = (of_app), .changes = CHANGES_INIT, .left = STRVEC_INIT                      \
	}

static void handover_release(struct handover *handover)
{
	free(handover->record_path);
	changes_release(&handover->changes);
	strvec_release(&handover->left);
}
DEFINE_AUTO(handover, handover_release);

static bool is_dry(const struct handover *handover)
{
	return settings_flag(handover->app->settings, "dry_run");
}

static bool accepts_differences(const struct handover *handover)
{
	return settings_flag(handover->app->settings, "accept_differences");
}

/* A missing record is not an error. */
static int open_record(struct handover *handover, struct error *err)
{
	const char *work_dir = settings_string(handover->app->settings, "work_dir");
	AUTO(error) struct error missing = ERROR_INIT;

	handover->has_systemd = units_systemd_runs();
	handover->record_path = path_join(work_dir, "handover.json");
	if (changes_load(handover->record_path, &handover->changes, &missing) == 0)
		handover->has_record = true;
	else if (missing.code != ERR_NOT_FOUND)
		return error_move(err, &missing);
	return 0;
}

/* Files that somebody has changed since the handover must not be overwritten. */
static int check_foreign(struct handover *handover, struct error *err)
{
	AUTO_FREE char *joined = NULL;

	if (changes_find_foreign(&handover->changes, &handover->left, err) < 0)
		return err->code;
	if (!handover->left.count || accepts_differences(handover))
		return 0;
	joined = strvec_join(&handover->left, ", ");
	error_set(err, ERR_REFUSED, "somebody has changed what handover had changed: %s", joined);
	return error_hint(err, "nothing was done. Look at it; --accept-differences leaves it as it "
			       "is and goes on with the rest");
}

/* ---- Telling those who run things ---- */

/* cron notices changes by the modification time of its directory; that of a crontab is not enough,
 * because handback restores its old time. */
static void tell_cron(const struct changes *changes)
{
	static const char *const spools[] = {"/var/spool/cron/crontabs", "/var/spool/cron"};
	bool concerns_cron = false;

	for (size_t i = 0; i < changes->count; i++)
		concerns_cron = concerns_cron || str_starts(changes->items[i].path, "/etc/cron") ||
				str_starts(changes->items[i].path, "/var/spool/cron/");
	for (size_t i = 0; concerns_cron && i < ARRAY_LEN(spools); i++)
		if (file_is_dir(spools[i])) {
			stamp_touch(spools[i]);
			return;
		}
}

/* Stopping a timer does not stop a renewal that it has started. If a package has been removed
 * since, its timer went with it, and systemctl would fail each time it is asked to stop it. */
static int tell_systemd(const struct handover *handover, struct error *err)
{
	const struct changes *changes = &handover->changes;

	if (!handover->has_systemd)
		return 0;
	if (units_control("daemon-reload", NULL, err) < 0)
		return err->code;
	for (size_t i = 0; i < changes->stopped.count; i++)
		if (units_exists(changes->stopped.items[i]) &&
		    units_control("stop", changes->stopped.items[i], err) < 0)
			return err->code;
	return changes->own_timer ? units_control("start", changes->own_timer, err) : 0;
}

static int stop_own_timer(const struct handover *handover, struct error *err)
{
	const char *timer = handover->changes.own_timer;
	bool is_active = false;

	if (!handover->has_systemd || !timer)
		return 0;
	if (units_is_active(timer, &is_active, err) < 0)
		return err->code;
	return is_active ? units_control("stop", timer, err) : 0;
}

/* Skip timers that have been removed or masked since: systemctl could never start them. */
static int start_stopped(const struct handover *handover, struct error *err)
{
	const struct strvec *stopped = &handover->changes.stopped;

	if (!handover->has_systemd)
		return 0;
	if (units_control("daemon-reload", NULL, err) < 0)
		return err->code;
	for (size_t i = 0; i < stopped->count; i++)
		if (units_may_start(stopped->items[i]) &&
		    units_control("start", stopped->items[i], err) < 0)
			return err->code;
	return 0;
}

/* ---- What is said ---- */

static void say_list(const struct ui *ui, const char *title, const struct strvec *names)
{
	for (size_t i = 0; i < names->count; i++)
		ui_say(ui, "%s %s", title, names->items[i]);
}

static void say_outcome(const struct handover *handover, const char *outcome, const char *text)
{
	const struct ui *ui = handover->app->ui;

	ui_say(ui, "%s", text);
	result_set_text(ui, "outcome", outcome);
	result_set_texts(ui, "disabled", &handover->changes.disabled);
	result_set_texts(ui, "enabled", &handover->changes.enabled);
	result_set_text(ui, "record", handover->record_path);
}

static void say_changes(const struct handover *handover, bool makes)
{
	const struct app *app = handover->app;
	bool dry = is_dry(handover);

	say_list(app->ui,
		 dry     ? (makes ? "Would disable" : "Would restore")
		 : makes ? "Disabled"
			 : "Restored",
		 &handover->changes.disabled);
	say_list(app->ui,
		 dry     ? (makes ? "Would enable" : "Would remove")
		 : makes ? "Enabled"
			 : "Removed",
		 &handover->changes.enabled);
}

/* ---- Handover ---- */

static size_t count_others(const struct schedules *schedules)
{
	size_t count = 0;

	for (size_t i = 0; i < schedules->count; i++)
		count += !schedules->items[i].is_ours && schedule_is_enabled(&schedules->items[i]);
	return count;
}

static int plan_timer_off(const struct schedule *schedule, struct changes *changes,
			  struct error *err)
{
	AUTO_FREE char *mask = path_join(UNITS_OWN_DIR, schedule->name);

	for (size_t i = 0; i < schedule->links.count; i++)
		if (changes_remove_link(changes, schedule->links.items[i], err) < 0)
			return err->code;
	/* The distribution's own link would come back with the next upgrade of its package, so the
	 * unit is masked. */
	if (schedule->is_static && changes_add_link(changes, mask, "/dev/null", err) < 0)
		return err->code;
	if (schedule->is_active)
		strvec_push_unique(&changes->stopped, schedule->name);
	return 0;
}

/* The record has the crontab as it was at the handover: it cannot tell which lines were added
 * later. */
static int check_recorded_crontab(const struct changes *changes, size_t known, const char *path,
				  struct error *err)
{
	for (size_t i = 0; i < known; i++)
		if (strcmp(changes->items[i].path, path) == 0) {
			error_set(err, ERR_REFUSED,
				  "'%s' has been edited since the handover and renews again", path);
			return error_hint(err, "take the line out of it, or run 'certbot handback "
					       "--accept-differences' and hand over again");
		}
	return 0;
}

/* Taking a command apart could change what the rest of the script does. */
static int plan_line_off(const struct schedule *schedule, struct changes *changes,
			 struct error *err)
{
	if (schedule->is_tied) {
		error_set(err, ERR_REFUSED,
			  "'%s' renews as a part of a larger command or program, which cannot be "
			  "disabled",
			  schedule->name);
		return error_hint(err, "nothing was changed. Let the line call certbot alone: a "
				       "reload belongs in --deploy-hook, other work on a line of "
				       "its own");
	}
	return schedule->is_script
		       ? changes_silence_line(changes, schedule->path, schedule->line, err)
		       : changes_comment_out(changes, schedule->path, schedule->line, err);
}

static int plan_off(const struct schedules *schedules, struct changes *changes, struct error *err)
{
	size_t known = changes->count;

	for (size_t i = 0; i < schedules->count; i++) {
		const struct schedule *schedule = &schedules->items[i];
		int rc;

		if (schedule->is_ours || !schedule_is_enabled(schedule))
			continue;
		/* The renewal cannot be removed from this command, and need not be: it does nothing
		 * where systemd runs. */
		if (schedule->is_tied && schedule->is_idle)
			continue;
		if (schedule->kind == SCHEDULE_CRON &&
		    check_recorded_crontab(changes, known, schedule->path, err) < 0)
			return err->code;
		rc = schedule->kind == SCHEDULE_TIMER ? plan_timer_off(schedule, changes, err)
						      : plan_line_off(schedule, changes, err);
		if (rc < 0)
			return rc;
		strvec_push(&changes->disabled, schedule->name);
	}
	return 0;
}

/* Runs `shadow` as a process of its own, because it gives up the right to write. */
static int run_shadow(const struct handover *handover, const char *other, struct error *err)
{
	const struct settings *settings = handover->app->settings;
	const struct strvec *files = settings_list(settings, "config_file");
	AUTO_FREE char *own = schedules_own_program();
	AUTO(strvec) struct strvec words = STRVEC_INIT;
	AUTO(process_result) struct process_result result;
	struct process_request request = {.max_output = MAX_OUTPUT};

	process_result_init(&result);
	strvec_push(&words, own ? own : "certbot");
	strvec_push(&words, "shadow");
	strvec_push(&words, "--with");
	strvec_push(&words, other);
	strvec_push(&words, "--config-dir");
	strvec_push(&words, settings_config_dir(settings));
	for (size_t i = 0; i < files->count; i++) {
		strvec_push(&words, "--config");
		strvec_push(&words, files->items[i]);
	}
	request.argv = (const char *const *)words.items;
	if (process_run(&request, &result, err) < 0)
		return error_wrap(err, "cannot compare with '%s'", other);
	if (!result.exit_status)
		return 0;
	strbuf_trim(&result.output);
	strbuf_trim(&result.error_output);
	ui_say(handover->app->ui, "%s\n", result.output.text);
	error_set(err, ERR_REFUSED, "%s", result.error_output.text);
	return error_hint(err, "nothing was changed. Mend what differs, or give "
			       "--accept-differences");
}

/* Compares plugins only, when there is no other program to compare with. */
static int check_plugins(const struct handover *handover, struct error *err)
{
	struct app *app = handover->app;
	AUTO(shadow_confs) struct shadow_confs confs = SHADOW_CONFS_INIT;
	AUTO(differences) struct differences differences = DIFFERENCES_INIT;
	AUTO(strvec) struct strvec lacking = STRVEC_INIT;
	AUTO_FREE char *joined = NULL;

	if (shadow_confs_read(settings_config_dir(app->settings), &confs, err) < 0)
		return err->code;
	shadow_compare_plugins(app->plugins, app->settings, &confs, NULL, &differences);
	for (size_t i = 0; i < differences.count; i++)
		strvec_push(&lacking, differences.items[i].subject);
	if (!lacking.count)
		return 0;
	joined = strvec_join(&lacking, "; ");
	error_set(err, ERR_REFUSED, "plugins are missing here: %s", joined);
	return error_hint(err,
			  "Certbot's own plugins in Python can be used: see certbot-plugin-python. "
			  "Or give --accept-differences");
}

/* Timers and cron lines belong to the whole machine. Those that are disabled may renew the usual
 * directory; if ours were set up for another directory, nothing would renew the usual one any
 * more. */
static int check_usual_place(const struct settings *settings, struct error *err)
{
	const char *usual = option_table_find(settings_table(settings), "config_dir")->fallback;
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (strcmp(settings_config_dir(settings), usual) == 0)
		return 0;
	if (lineage_names(usual, &names, err) < 0)
		return err->code;
	if (!names.count)
		return 0;
	error_set(err, ERR_REFUSED, "nobody would renew the certificates in '%s' any more", usual);
	return error_hint(err, "hand over without --config-dir, or give --accept-differences");
}

static int check_likeness(const struct handover *handover, const struct schedules *schedules,
			  struct error *err)
{
	AUTO_FREE char *other = shadow_find_other(handover->app->settings, schedules);

	if (accepts_differences(handover))
		return 0;
	if (check_usual_place(handover->app->settings, err) < 0)
		return err->code;
	return other ? run_shadow(handover, other, err) : check_plugins(handover, err);
}

static int carry_out(struct handover *handover, struct error *err)
{
	if (changes_carry_out(&handover->changes, CHANGES_MAKE, err) < 0)
		return err->code;
	tell_cron(&handover->changes);
	return tell_systemd(handover, err);
}

/* If an earlier run was interrupted, finish what it had planned first. */
static int take_up(struct handover *handover, struct error *err)
{
	if (!handover->has_record || is_dry(handover))
		return 0;
	if (check_foreign(handover, err) < 0)
		return err->code;
	return carry_out(handover, err);
}

static int hand_over_rest(struct handover *handover, const struct schedules *schedules,
			  struct error *err)
{
	size_t known = handover->changes.count;

	if (count_others(schedules) && check_likeness(handover, schedules, err) < 0)
		return err->code;
	if (plan_off(schedules, &handover->changes, err) < 0 ||
	    own_schedule_plan(handover->app->settings, schedules, &handover->changes, err) < 0)
		return err->code;
	if (handover->changes.count == known) {
		say_outcome(handover, "unchanged",
			    handover->has_record
				    ? "Handed over already: this program renews by itself."
				    : "There is nothing to hand over: no other timer or cron line "
				      "renews, and this program does.");
		return 0;
	}
	if (!is_dry(handover) &&
	    (changes_save(&handover->changes, handover->record_path, err) < 0 ||
	     carry_out(handover, err) < 0))
		return err->code;
	say_changes(handover, true);
	say_outcome(handover, is_dry(handover) ? "planned" : "handed over",
		    is_dry(handover) ? "Nothing was changed."
				     : "This program renews by itself from now on. To go back: "
				       "certbot handback");
	return 0;
}

int handover_run(struct app *app, struct error *err)
{
	AUTO(handover) struct handover handover = HANDOVER_INIT(app);
	AUTO(schedules) struct schedules schedules = SCHEDULES_INIT;

	if (open_record(&handover, err) < 0 || take_up(&handover, err) < 0 ||
	    schedules_find(&schedules, err) < 0)
		return err->code;
	return hand_over_rest(&handover, &schedules, err);
}

/* ---- Handback ---- */

static int hand_back(struct handover *handover, struct error *err)
{
	if (check_foreign(handover, err) < 0 || stop_own_timer(handover, err) < 0 ||
	    changes_carry_out(&handover->changes, CHANGES_TAKE_BACK, err) < 0)
		return err->code;
	tell_cron(&handover->changes);
	if (start_stopped(handover, err) < 0)
		return err->code;
	return file_remove(handover->record_path, err);
}

static void say_handed_back(const struct handover *handover)
{
	AUTO_FREE char *left = strvec_join(&handover->left, ", ");
	AUTO_FREE char *text =
		handover->left.count
			? xasprintf(
				  "What handover had changed is as it was before, except for what "
				  "somebody has changed since, which stays as it is: %s",
				  left)
			: xstrdup("Everything that handover had changed is as it was before.");

	say_outcome(handover, "handed back", text);
}

int handback_run(struct app *app, struct error *err)
{
	AUTO(handover) struct handover handover = HANDOVER_INIT(app);

	if (open_record(&handover, err) < 0)
		return err->code;
	file_remove_leftovers(handover.record_path);
	if (!handover.has_record) {
		say_outcome(&handover, "unchanged",
			    "There is nothing to hand back: no handover is on record.");
		return 0;
	}
	if (!is_dry(&handover) && hand_back(&handover, err) < 0)
		return err->code;
	say_changes(&handover, false);
	if (is_dry(&handover))
		say_outcome(&handover, "planned", "Nothing was changed.");
	else
		say_handed_back(&handover);
	return 0;
}
