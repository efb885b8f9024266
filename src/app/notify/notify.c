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

enum { MOST_A_DAY = 4 }; /* messages to a target in 24 hours */

/* A message that is due. */
struct message {
	struct notify_target target;
	struct digest digest;
	char *subject;
};

enum round_kind {
	ROUND_OF_RUN,  /* a run of `renew` has ended */
	ROUND_OF_PART, /* one that was not about all certificates */
	ROUND_OF_WATCH,
};

/* A round under way. */
struct telling {
	struct plugins *plugins;
	struct notify_round round;
	enum round_kind kind;
	const struct map *unrecorded; /* failures of the run; NULL: it is none */
	struct notices notices;
	const struct status_list *list; /* borrowed; NULL: a test */
	struct notified *record;        /* NULL: a test, which is not recorded */
	struct strvec targets;          /* one given twice is one */
	struct message *messages;
	size_t count, capacity;
	char *host;
	int64_t now;
	size_t failed;
	bool is_unrecorded; /* what was sent could not be recorded, which was said */
};

static void telling_release(struct telling *telling)
{
	for (size_t i = 0; i < telling->count; i++) {
		digest_release(&telling->messages[i].digest);
		free(telling->messages[i].subject);
	}
	free(telling->messages);
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

/* True when the target may get a message now; it is counted. */
static bool take_turn(struct telling *telling, const char *target)
{
	if (!telling->record)
		return true;
	if (notified_count_sent(telling->record, target, telling->now) >= MOST_A_DAY) {
		log_info("%s has got %d messages within 24 hours: the next one waits", target,
			 MOST_A_DAY);
		return false;
	}
	notified_note_attempt(telling->record, target, telling->now);
	return true;
}

static int compose_messages(struct telling *telling, struct error *err)
{
	for (size_t i = 0; i < telling->targets.count; i++) {
		AUTO(digest) struct digest digest = DIGEST_INIT;
		struct notify_target target;

		if (notify_target_parse(telling->targets.items[i], &target, err) < 0)
			return err->code;
		digest.host = telling->host;
		digest.now = telling->now;
		digest.list = telling->list;
		digest.is_of_run = telling->kind == ROUND_OF_RUN;
		digest_fill(&digest, &telling->notices, telling->record, target.given);
		if (!digest_is_news(&digest) || !take_turn(telling, target.given))
			continue;
		ARRAY_GROW(telling->messages, telling->count, telling->capacity);
		telling->messages[telling->count++] = (struct message){
			.target = target, .digest = digest, .subject = digest_subject(&digest)};
		digest = (struct digest)DIGEST_INIT;
	}
	return 0;
}

/* A failure takes the attempt back, unless the message may have arrived all the same: a mail server
 * that never says so would fill the mailbox. */
static void note_undelivered(struct telling *telling, const char *target,
			     const struct error *failure)
{
	telling->failed++;
	log_warning("%s", failure->text);
	if (failure->hint)
		log_warning("Hint: %s", failure->hint);
	if (!telling->record)
		return;
	notified_note_failure(telling->record, target, failure->text, telling->now);
	if (!telling->round.may_have_arrived)
		notified_drop_attempt(telling->record, target, telling->now);
}

/* Certificates are recorded as told only then: a message that is sent twice is better than one that
 * is never sent. */
static void send_message(struct telling *telling, const struct message *message)
{
	const struct notify_target *target = &message->target;
	AUTO(error) struct error failure = ERROR_INIT;

	if (notify_target_send(target, &telling->round, &message->digest, &failure) < 0) {
		note_undelivered(telling, target->given, &failure);
	} else {
		log_info("%s was told: %s", target->given, message->subject);
		if (telling->record)
			notified_note_sent(telling->record, target->given, &message->digest.keys,
					   message->subject, telling->now);
	}
	give_result(telling, message, &failure);
}

/* ERR_PLUGIN: a message could not be sent; the others were. */
static int send_messages(struct telling *telling, struct error *err)
{
	for (size_t i = 0; i < telling->count; i++)
		send_message(telling, &telling->messages[i]);
	if (!telling->failed)
		return 0;
	return error_set(err, ERR_PLUGIN, "%zu of %zu messages could not be sent", telling->failed,
			 telling->count);
}

/* Sends what is due. The messages are counted on disk before the first is sent: what cannot be
 * recorded would be sent again by every round, without end. */
static int tell_on_record(struct telling *telling, const char *work_dir, struct error *err)
{
	AUTO(error) struct error unwritten = ERROR_INIT;
	int rc;

	if (compose_messages(telling, err) < 0)
		return err->code;
	if (notified_write(telling->record, work_dir, err) < 0) {
		error_wrap(err, "no message is sent, as it could not be recorded");
		for (size_t i = 0; i < telling->count; i++)
			give_result(telling, &telling->messages[i], err);
		return err->code;
	}
	rc = send_messages(telling, err);
	if (!telling->count || notified_write(telling->record, work_dir, &unwritten) == 0)
		return rc;
	telling->is_unrecorded = true;
	log_warning("What was told is not on record: %s", unwritten.text);
	return rc < 0 ? rc : error_copy(err, &unwritten);
}

/* Makes a round. `telling` has the record afterwards. */
static int make_round(struct telling *telling, struct status_list *list, struct error *err)
{
	const struct settings *settings = telling->plugins->host.settings;
	const char *work_dir = settings_string(settings, "work_dir");
	int64_t awake_s = clock_mono_ms(telling->plugins->network->clock) / 1000, late_s;

	if (status_list_need(telling->plugins, list, err) < 0)
		return err->code;
	telling->list = list;
	telling->record = notified_read(work_dir);
	if (telling->kind == ROUND_OF_RUN)
		notified_note_run(telling->record, telling->now);
	else
		notified_begin_watch(telling->record, telling->now);
	notices_of_list(list, settings_int(settings, "notify_days"), &telling->notices);
	if (telling->unrecorded)
		notices_of_unrecorded(telling->unrecorded, &telling->notices);
	late_s = notified_watch_lateness(telling->record, telling->now, awake_s);
	notices_of_runs(telling->record, late_s, &telling->notices);
	notified_keep_targets(telling->record, &telling->targets);
	return tell_on_record(telling, work_dir, err);
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
		log_warning("Nobody was notified: %s", failure.text);
	ui_progress(plugins->host.ui, "%s", "");
}

/* Having nobody to tell is not an error: the package installs the timer, which fires whether
 * --notify is used or not. */
int notify_watch(struct app *app, struct error *err)
{
	AUTO(telling) struct telling telling = {.targets = STRVEC_INIT};
	AUTO(status_list) struct status_list list = STATUS_LIST_INIT;
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
	result_set_bool(app->ui, "overdue", telling.now >= notified_overdue_at(telling.record));
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
	notices_add_test(&telling.notices);
	if (compose_messages(&telling, err) < 0 || send_messages(&telling, err) < 0)
		return err->code;
	ui_say(app->ui, "Sent %zu message%s.", telling.count, telling.count == 1 ? "" : "s");
	return 0;
}
