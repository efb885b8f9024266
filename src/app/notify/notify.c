/*
 * Rounds of messages (see notify.h).
 */
#include "app/notify/notify.h"

#include <stdlib.h>

#include "app/notify/target.h"
#include "base/alloc.h"
#include "base/log.h"
#include "instances/plugins.h"
#include "os/host.h"
#include "os/signals.h"

enum {
	DAY = 86400,
	MOST_A_DAY = 4, /* messages to a target in 24 hours */
};

/* A round under way. */
struct telling {
	struct plugins *plugins;
	struct notify_round round;
	struct notices notices;
	struct notified *record; /* NULL: a test, which is not recorded */
	char *host;
	int64_t now;
	size_t failed;
};

static void telling_release(struct telling *telling)
{
	notify_round_release(&telling->round);
	notices_release(&telling->notices);
	notified_free(telling->record);
	free(telling->host);
}
DEFINE_AUTO(telling, telling_release);

static void telling_init(struct telling *telling, struct plugins *plugins)
{
	*telling = (struct telling){
		.plugins = plugins,
		.round = {.network = plugins->network},
		.host = host_name(),
		.now = network_now(plugins->network),
	};
}

static const struct strvec *targets_of(const struct settings *settings)
{
	return settings_list(settings, "notify");
}

int notify_check(const struct settings *settings, struct error *err)
{
	const struct strvec *given = targets_of(settings);
	struct notify_target target;

	for (size_t i = 0; i < given->count; i++)
		if (notify_target_parse(given->items[i], &target, err) < 0)
			return err->code;
	return 0;
}

/* For programs: an element of "notified", and an event. */
static void give_result(const struct telling *telling, const char *target,
			const struct digest *digest, const struct error *failure)
{
	const struct ui *ui = telling->plugins->host.ui;
	AUTO_FREE char *subject = digest_subject(digest);

	for (int is_event = 0; is_event < 2; is_event++) {
		struct json *told;

		if (is_event ? !result_takes_events(ui) : !result_is_wanted(ui))
			continue;
		told = json_object_new();
		json_set_string(told, "target", target);
		json_set_string(told, "subject", subject);
		result_set_fault(told, &(const struct result_fault){.error = failure});
		if (is_event)
			result_event(ui, EVENT_NOTIFIED, told);
		else
			result_push(ui, "notified", told);
	}
}

/* Sends what there is for a target. The order matters: a message is recorded after it was
 * sent, because one that is sent twice is better than one that is never sent. */
static void tell_target(struct telling *telling, const struct notify_target *target)
{
	struct notified *record = telling->record;
	AUTO(digest) struct digest digest = DIGEST_INIT;
	AUTO(error) struct error failure = ERROR_INIT;
	AUTO_FREE char *subject = NULL;

	digest.host = telling->host;
	digest.now = telling->now;
	digest_fill(&digest, &telling->notices, record, target->given);
	if (!digest_is_news(&digest))
		return;
	if (record &&
	    notified_count_sent(record, target->given, telling->now - DAY) >= MOST_A_DAY) {
		log_info("%s has got %d messages within 24 hours: the next one waits",
			 target->given, MOST_A_DAY);
		return;
	}
	subject = digest_subject(&digest);
	if (notify_target_send(target, &telling->round, &digest, &failure) < 0) {
		telling->failed++;
		log_warning("%s", failure.text);
		if (failure.hint)
			log_warning("Hint: %s", failure.hint);
		if (record)
			notified_note_failure(record, target->given, failure.text, telling->now);
	} else {
		log_info("%s was told: %s", target->given, subject);
		if (record)
			notified_note_sent(record, target->given, &digest.keys, subject,
					   telling->now);
	}
	give_result(telling, target->given, &digest, &failure);
}

/* ERR_PLUGIN: a message could not be sent; the others were. */
static int tell_all(struct telling *telling, struct error *err)
{
	const struct strvec *given = targets_of(telling->plugins->host.settings);

	for (size_t i = 0; i < given->count; i++) {
		struct notify_target target;

		if (notify_target_parse(given->items[i], &target, err) < 0)
			return err->code;
		tell_target(telling, &target);
	}
	if (!telling->failed)
		return 0;
	return error_set(err, ERR_PLUGIN, "%zu of %zu messages could not be sent", telling->failed,
			 given->count);
}

enum round_kind {
	ROUND_OF_RUN,  /* a run of `renew` has ended */
	ROUND_OF_PART, /* one that was not about all certificates */
	ROUND_OF_WATCH,
};

/* Makes a round. `telling` has the record afterwards. */
static int make_round(struct telling *telling, enum round_kind kind, struct error *err)
{
	const struct settings *settings = telling->plugins->host.settings;
	const char *work_dir = settings_string(settings, "work_dir");
	AUTO(status_list) struct status_list list = STATUS_LIST_INIT;
	AUTO(error) struct error unwritten = ERROR_INIT;
	int64_t awake_s = clock_mono_ms(telling->plugins->network->clock) / 1000, late_s;
	int rc;

	if (status_list_read(telling->plugins, NULL, &list, err) < 0)
		return err->code;
	telling->record = notified_read(work_dir);
	if (kind == ROUND_OF_RUN)
		notified_note_run(telling->record, telling->now);
	else
		notified_begin_watch(telling->record, telling->now);
	notices_of_list(&list, settings_int(settings, "notify_days"), &telling->notices);
	late_s = notified_watch_lateness(telling->record, telling->now, awake_s);
	notices_of_runs(telling->record, late_s, &telling->notices);
	notified_keep_targets(telling->record, targets_of(settings));
	rc = tell_all(telling, err);
	/* Without a record the same message is sent again by every round, which is noticed. */
	if (notified_write(telling->record, work_dir, &unwritten) < 0)
		log_warning("What was told is not on record: %s", unwritten.text);
	return rc;
}

void notify_of_run(struct plugins *plugins, bool is_complete)
{
	AUTO(telling) struct telling telling = {.record = NULL};
	AUTO(error) struct error failure = ERROR_INIT;

	/* A run that is being stopped must not begin something that may take a minute. A value that
	 * is wrong has ended the run, and its error is told already. */
	if (!targets_of(plugins->host.settings)->count || signals_pending() ||
	    notify_check(plugins->host.settings, &failure) < 0)
		return;
	telling_init(&telling, plugins);
	ui_progress(plugins->host.ui, "Sending notifications");
	if (make_round(&telling, is_complete ? ROUND_OF_RUN : ROUND_OF_PART, &failure) < 0 &&
	    !telling.failed) /* else it was said of each */
		log_warning("Nobody was notified: %s", failure.text);
	ui_progress(plugins->host.ui, "%s", "");
}

/* Having nobody to tell is not an error: the package installs the timer, which fires whether
 * --notify is used or not. */
int notify_watch(struct app *app, struct error *err)
{
	AUTO(telling) struct telling telling = {.record = NULL};
	int rc;

	if (!targets_of(app->settings)->count) {
		ui_say(app->ui, "There is nobody to notify: --notify is not given.");
		return 0;
	}
	if (notify_check(app->settings, err) < 0)
		return err->code;
	telling_init(&telling, app->plugins);
	rc = make_round(&telling, ROUND_OF_WATCH, err);
	if (!telling.record)
		return rc;
	result_set_bool(app->ui, "overdue", telling.now >= notified_overdue_at(telling.record));
	ui_say(app->ui, "%zu notice%s on record.", telling.notices.count,
	       telling.notices.count == 1 ? "" : "s");
	return rc;
}

int notify_test(struct app *app, struct error *err)
{
	AUTO(telling) struct telling telling = {.record = NULL};
	const struct strvec *given = targets_of(app->settings);

	if (!given->count) {
		error_set(err, ERR_CONFIG, "there is nobody to notify: --notify is not given");
		return error_hint(err, "try certbot notify test --notify mail:root");
	}
	if (notify_check(app->settings, err) < 0)
		return err->code;
	telling_init(&telling, app->plugins);
	notices_add_test(&telling.notices);
	if (tell_all(&telling, err) < 0)
		return err->code;
	ui_say(app->ui, "Sent %zu message%s.", given->count, given->count == 1 ? "" : "s");
	return 0;
}
