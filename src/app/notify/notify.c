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
#include "store/renewal/notified.h"

enum {
	MOST_A_DAY = 4, /* messages to a target in 24 hours */
	/* A sender may need so much more than the limit of the way: to start its process, to have a
	 * program end that does not want to, and to come to the record again. */
	SPARE_S = 90,
};

/* A message to a target. */
struct message {
	struct notify_target target;
	struct digest digest;
	char *subject; /* NULL: it has nothing to say, or must wait */
	int64_t attempted_at;
};

static void message_release(struct message *message)
{
	digest_release(&message->digest);
	free(message->subject);
}
DEFINE_AUTO(message, message_release);

enum round_kind {
	ROUND_OF_RUN,  /* a run of `renew` has ended */
	ROUND_OF_PART, /* one that was not about all certificates */
	ROUND_OF_WATCH,
	ROUND_OF_TEST, /* is not recorded */
};

/* A round under way. */
struct telling {
	struct plugins *plugins;
	struct notify_round round;
	enum round_kind kind;
	const struct map *unrecorded; /* failures of the run; NULL: it is none */
	struct notices notices;
	struct status_list *list; /* borrowed; NULL: a test */
	int64_t writes;           /* of the record: the list was read after the last of these */
	const char *work_dir;
	struct notified *record; /* NULL: a test, or it has not been read yet */
	struct strvec targets;   /* one given twice is one */
	char *host;
	int64_t now;
	size_t count, failed; /* messages */
	bool is_unrecorded;   /* what was sent could not be recorded, which was said */
};

static void telling_release(struct telling *telling)
{
	strvec_release(&telling->targets);
	notify_round_release(&telling->round);
	notices_release(&telling->notices);
	notified_free(telling->record);
	free(telling->host);
}
DEFINE_AUTO(telling, telling_release);

static const struct strvec *targets_of(const struct settings *settings)
{
	return settings_list(settings, "notify");
}

static void telling_init(struct telling *telling, struct plugins *plugins)
{
	const struct strvec *given = targets_of(plugins->host.settings);

	*telling = (struct telling){
		.plugins = plugins,
		.round = {.network = plugins->network},
		.work_dir = settings_string(plugins->host.settings, "work_dir"),
		.targets = STRVEC_INIT,
		.host = host_name(),
		.now = network_now(plugins->network),
	};
	for (size_t i = 0; i < given->count; i++) {
		AUTO(error) struct error unusable = ERROR_INIT;
		struct notify_target target;

		/* A wrong value has been refused or warned of. */
		if (notify_target_parse(given->items[i], &target, &unusable) == 0)
			strvec_push_unique(&telling->targets, given->items[i]);
	}
}

/* The first wrong value ends the command. */
static int check_targets(const struct settings *settings, struct error *err)
{
	const struct strvec *given = targets_of(settings);
	struct notify_target target;

	for (size_t i = 0; i < given->count; i++)
		if (notify_target_parse(given->items[i], &target, err) < 0)
			return err->code;
	return 0;
}

/* A mistake in a file, about messages only, must not keep certificates from being renewed. */
int notify_check_for_run(const struct settings *settings, struct error *err)
{
	const struct strvec *given = targets_of(settings);

	if (settings_origin(settings, "notify") != ORIGIN_CONFIG_FILE)
		return check_targets(settings, err);
	for (size_t i = 0; i < given->count; i++) {
		AUTO(error) struct error unusable = ERROR_INIT;
		struct notify_target target;

		if (notify_target_parse(given->items[i], &target, &unusable) == 0)
			continue;
		log_warning("%s (in a configuration file: the run goes on without it)",
			    unusable.text);
		if (unusable.hint)
			log_warning("Hint: %s", unusable.hint);
	}
	return 0;
}

/* For programs: an element of "notified", and an event. */
static void give_result(const struct telling *telling, const struct message *message,
			const struct error *failure)
{
	const struct ui *ui = telling->plugins->host.ui;

	for (int is_event = 0; is_event < 2; is_event++) {
		struct json *told;

		if (is_event ? !result_takes_events(ui) : !result_is_wanted(ui))
			continue;
		told = json_object_new();
		json_set_string(told, "target", message->target.given);
		json_set_string(told, "subject", message->subject);
		result_set_fault(told, &(const struct result_fault){.error = failure});
		if (is_event)
			result_event(ui, EVENT_NOTIFIED, told);
		else
			result_push(ui, "notified", told);
	}
}

/* ---- The record, under its lock ---- */

static int find_notices(struct telling *telling, struct error *err)
{
	const struct settings *settings = telling->plugins->host.settings;
	int64_t awake_s = clock_mono_ms(telling->plugins->network->clock) / 1000, late_s;

	if (status_list_need(telling->plugins, telling->list, err) < 0)
		return err->code;
	notices_release(&telling->notices);
	notices_of_list(telling->list, settings_int(settings, "notify_days"), &telling->notices);
	if (telling->unrecorded)
		notices_of_unrecorded(telling->unrecorded, &telling->notices);
	late_s = notified_watch_lateness(telling->record, telling->now, awake_s);
	notices_of_runs(telling->record, telling->now, late_s, &telling->notices);
	return 0;
}

/* Takes the record. If another round has written it since the certificates were looked at, that one
 * may have seen them later and said what an older look would take back: they are looked at again. A
 * run knows better than anybody how they are: it has them locked. */
static int reopen_record(struct telling *telling, struct error *err)
{
	struct notified *record = NULL;

	if (notified_take(telling->work_dir, telling->plugins->network->clock, &record, err) < 0)
		return err->code;
	notified_free(telling->record);
	telling->record = record;
	/* Only now: what was told while we waited must not be of the future. */
	telling->now = network_now(telling->plugins->network);
	if (telling->kind == ROUND_OF_WATCH && notified_writes(record) != telling->writes)
		status_list_release(telling->list);
	telling->writes = notified_writes(record);
	return 0;
}

static int write_record(struct telling *telling, struct error *err)
{
	int rc = notified_write(telling->record, err);

	telling->writes = notified_writes(telling->record);
	return rc;
}

static void note_round(struct telling *telling)
{
	if (telling->kind == ROUND_OF_RUN)
		notified_note_run(telling->record, telling->now);
	else
		notified_begin_watch(telling->record, telling->now);
	notified_note_targets(telling->record, &telling->targets, telling->now);
}

/* ---- A message to each target ---- */

static struct notified_message message_on_record(const struct message *message)
{
	return (struct notified_message){
		.target = message->target.given,
		.told = &message->digest.told,
		.over = &message->digest.over,
		.subject = message->subject,
	};
}

static int compose_message(struct telling *telling, const char *given, struct message *ret,
			   struct error *err)
{
	struct digest *digest = &ret->digest;

	if (notify_target_parse(given, &ret->target, err) < 0)
		return err->code;
	digest->host = telling->host;
	digest->now = telling->now;
	digest->list = telling->list;
	digest->is_of_run = telling->kind == ROUND_OF_RUN;
	digest_fill(digest, &telling->notices, telling->record, given);
	if (digest_is_news(digest))
		ret->subject = digest_subject(digest);
	return 0;
}

/* Notes that the message is about to be sent, unless the target has got enough for today. */
static void take_turn(struct telling *telling, struct message *message)
{
	const struct notified_message noted = message_on_record(message);
	int64_t now = telling->now;

	if (!message->subject)
		return;
	if (notified_count_sent(telling->record, noted.target, now) >= MOST_A_DAY) {
		log_info("%s has got %d messages within 24 hours: the next one waits", noted.target,
			 MOST_A_DAY);
		REPLACE(message->subject, NULL);
		return;
	}
	message->attempted_at = now;
	notified_note_attempt(telling->record, &noted, now,
			      now + message->target.way->longest_s + SPARE_S);
}

static int wrap_unrecorded(struct error *err)
{
	return error_wrap(err, "no message is sent, as it could not be recorded");
}

/* Nothing was to be recorded yet. */
static int wrap_untaken(struct error *err)
{
	if (err->code != ERR_BUSY)
		return wrap_unrecorded(err);
	error_wrap(err, "no message is sent, as another round of messages is at work");
	return error_hint(err, "what is to be told is told by the next round");
}

/* Composes the message to the index-th target by what is on record, and records that it is about to
 * be sent: what cannot be recorded would be sent again by every round, without end. */
static int prepare_message(struct telling *telling, size_t index, struct message *ret,
			   struct error *err)
{
	if (reopen_record(telling, err) < 0)
		return wrap_untaken(err);
	if (index == 0)
		note_round(telling);
	if (find_notices(telling, err) < 0 ||
	    compose_message(telling, telling->targets.items[index], ret, err) < 0)
		return err->code;
	take_turn(telling, ret);
	if ((index == 0 || ret->subject) && write_record(telling, err) < 0) {
		wrap_unrecorded(err);
		if (ret->subject)
			give_result(telling, ret, err);
		return err->code;
	}
	notified_unlock(telling->record);
	return 0;
}

/* Applies the outcome to the record as it is by now. A failure takes the attempt back, unless the
 * message may have arrived all the same: a mail server that never says so would fill the mailbox.
 * Certificates are recorded as told only when they were: a message that is sent twice is better
 * than one that is never sent. */
static int record_outcome(struct telling *telling, const struct message *message,
			  const struct error *failure, struct error *err)
{
	const struct notified_message noted = message_on_record(message);

	if (reopen_record(telling, err) < 0)
		return err->code;
	if (!failure->code)
		notified_note_sent(telling->record, &noted, telling->now);
	else
		notified_note_failure(telling->record, &noted, failure->text, telling->now);
	if (failure->code && !telling->round.may_have_arrived)
		notified_drop_attempt(telling->record, noted.target, message->attempted_at);
	if (write_record(telling, err) < 0)
		return err->code;
	notified_unlock(telling->record);
	return 0;
}

/* A message that could not be sent is counted and said; the error is that of the record. */
static int send_message(struct telling *telling, const struct message *message, struct error *err)
{
	AUTO(error) struct error failure = ERROR_INIT;
	int rc = 0;

	telling->count++;
	if (notify_target_send(&message->target, &telling->round, &message->digest, &failure) < 0) {
		telling->failed++;
		log_warning("%s", failure.text);
		if (failure.hint)
			log_warning("Hint: %s", failure.hint);
	} else {
		log_info("%s was told: %s", message->target.given, message->subject);
	}
	if (telling->kind != ROUND_OF_TEST &&
	    (rc = record_outcome(telling, message, &failure, err)) < 0) {
		telling->is_unrecorded = true;
		log_warning("What was told is not on record: %s", err->text);
	}
	give_result(telling, message, &failure);
	return rc;
}

/* ERR_PLUGIN: a message could not be sent; the others were. */
static int judge_round(const struct telling *telling, struct error *err)
{
	if (!telling->failed)
		return 0;
	return error_set(err, ERR_PLUGIN, "%zu of %zu messages could not be sent", telling->failed,
			 telling->count);
}

/* Makes a round. `telling` has the record afterwards, if it could be read. Without a record that
 * can be written it ends. */
static int make_round(struct telling *telling, struct status_list *list, struct error *err)
{
	AUTO(notified) struct notified *before = notified_read(telling->work_dir);

	telling->writes = notified_writes(before);
	telling->list = list;
	/* It may take a while, so it is done before anybody has to wait for us. */
	if (status_list_need(telling->plugins, list, err) < 0)
		return err->code;
	for (size_t i = 0; i < telling->targets.count; i++) {
		AUTO(message) struct message message = {.digest = DIGEST_INIT};

		if (prepare_message(telling, i, &message, err) < 0 ||
		    (message.subject && send_message(telling, &message, err) < 0))
			return err->code;
	}
	return judge_round(telling, err);
}

void notify_of_run(struct plugins *plugins, struct status_list *list, const struct map *unrecorded,
		   bool is_complete)
{
	AUTO(telling) struct telling telling = {.targets = STRVEC_INIT};
	AUTO(error) struct error failure = ERROR_INIT;

	/* A run that is being stopped must not begin something that may take a minute. */
	if (!targets_of(plugins->host.settings)->count || signals_pending())
		return;
	telling_init(&telling, plugins);
	/* Wrong values have ended the run, or were warned of. */
	if (!telling.targets.count)
		return;
	telling.kind = is_complete ? ROUND_OF_RUN : ROUND_OF_PART;
	telling.unrecorded = unrecorded;
	ui_progress(plugins->host.ui, "Sending notifications");
	if (make_round(&telling, list, &failure) < 0 && !telling.failed &&
	    !telling.is_unrecorded) /* else it was said of each */
		log_warning("%s was notified: %s", telling.count ? "Not everybody" : "Nobody",
			    failure.text);
	ui_progress(plugins->host.ui, "%s", "");
}

/* Having nobody to tell is not an error: the package installs the timer, which fires whether
 * --notify is used or not. */
int notify_watch(struct app *app, struct error *err)
{
	AUTO(telling) struct telling telling = {.targets = STRVEC_INIT};
	AUTO(status_list) struct status_list list = STATUS_LIST_INIT;
	int64_t overdue_at;
	int rc;

	if (!targets_of(app->settings)->count) {
		ui_say(app->ui, "There is nobody to notify: --notify is not given.");
		return 0;
	}
	if (check_targets(app->settings, err) < 0)
		return err->code;
	telling_init(&telling, app->plugins);
	telling.kind = ROUND_OF_WATCH;
	rc = make_round(&telling, &list, err);
	if (!telling.record)
		return rc;
	overdue_at = notified_overdue_at(telling.record, telling.now);
	result_set_bool(app->ui, "overdue", overdue_at && telling.now >= overdue_at);
	ui_say(app->ui, "%zu notice%s on record.", telling.notices.count,
	       telling.notices.count == 1 ? "" : "s");
	return rc;
}

int notify_test(struct app *app, struct error *err)
{
	AUTO(telling) struct telling telling = {.targets = STRVEC_INIT};

	if (!targets_of(app->settings)->count) {
		error_set(err, ERR_CONFIG, "there is nobody to notify: --notify is not given");
		return error_hint(err, "try certbot notify test --notify mail:root");
	}
	if (check_targets(app->settings, err) < 0)
		return err->code;
	telling_init(&telling, app->plugins);
	telling.kind = ROUND_OF_TEST;
	notices_add_test(&telling.notices);
	for (size_t i = 0; i < telling.targets.count; i++) {
		AUTO(message) struct message message = {.digest = DIGEST_INIT};

		if (compose_message(&telling, telling.targets.items[i], &message, err) < 0 ||
		    send_message(&telling, &message, err) < 0)
			return err->code;
	}
	if (judge_round(&telling, err) < 0)
		return err->code;
	ui_say(app->ui, "Sent %zu message%s.", telling.count, telling.count == 1 ? "" : "s");
	return 0;
}
