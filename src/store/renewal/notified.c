/*
 * The record of --notify (see notified.h). It is kept as the JSON tree that the file has, so what a
 * later version adds survives.
 */
#include "store/renewal/notified.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/log.h"
#include "codec/json.h"
#include "os/file/file.h"
#include "os/file/runtime_dir.h"
#include "store/renewal/notified_file.h"

enum {
	RUNS_KEPT = 8,
	DAY = 86400,
	/* A timer may fire every hour, but an hour is nothing to wake people for; and after a
	 * machine was off for long, the next gap says little. */
	LEAST_INTERVAL = 6 * 3600,
	MOST_INTERVAL = 7 * DAY,
	MOST_TRYING = 3600,        /* no message takes that long */
	FORGOTTEN_AFTER = 7 * DAY, /* a target that no round has given since */
	YEAR_2020 = 1577836800,    /* an earlier time is of a clock that was not set yet */
};

struct notified {
	struct notified_place place;
	struct json *root;
	int lock_fd; /* -1: it is only looked at */
};

/* A number in a list; 0 for anything else. */
static int64_t time_at(const struct json *array, size_t index)
{
	int64_t value = 0;

	return json_int(json_at(array, index), &value) ? value : 0;
}

static int64_t time_of(const struct json *object, const char *name)
{
	int64_t value = 0;

	return json_int(json_member(object, name), &value) ? value : 0;
}

static struct notified *record_new(const char *work_dir)
{
	AUTO_FREE char *runtime_dir = runtime_dir_path();
	struct notified *record = XNEW(struct notified);

	notified_place_init(&record->place, work_dir, runtime_dir);
	record->lock_fd = -1;
	return record;
}

struct notified *notified_read(const char *work_dir)
{
	struct notified *record = record_new(work_dir);
	AUTO(error) struct error unreadable = ERROR_INIT;

	if (notified_file_read(&record->place, &record->root, &unreadable) < 0) {
		log_info("%s", unreadable.text);
		record->root = json_object_new();
	}
	return record;
}

int notified_take(const char *work_dir, const struct clock *clock, struct notified **ret_record,
		  struct error *err)
{
	AUTO(notified) struct notified *record = record_new(work_dir);

	if (notified_file_lock(&record->place, clock, &record->lock_fd, err) < 0)
		return err->code;
	if (notified_file_read(&record->place, &record->root, err) < 0)
		return err->code;
	*ret_record = STEAL(record);
	return 0;
}

void notified_unlock(struct notified *record)
{
	auto_close(&record->lock_fd);
	record->lock_fd = -1;
}

void notified_free(struct notified *record)
{
	if (!record)
		return;
	auto_close(&record->lock_fd);
	notified_place_release(&record->place);
	json_free(record->root);
	free(record);
}

int64_t notified_writes(const struct notified *record)
{
	return notified_file_writes(record->root);
}

int notified_write(struct notified *record, struct error *err)
{
	return notified_file_write(&record->place, record->root, err);
}

/* Returns the member, which is made if it is missing or of another kind. */
static struct json *own_object(struct json *parent, const char *name)
{
	if (!json_is_object(json_member(parent, name)))
		json_set(parent, name, json_object_new());
	return json_member(parent, name);
}

static struct json *own_array(struct json *parent, const char *name)
{
	if (!json_is_array(json_member(parent, name)))
		json_set(parent, name, json_array_new());
	return json_member(parent, name);
}

void notified_note_run(struct notified *record, int64_t now)
{
	struct json *runs = own_array(record->root, "runs");

	json_push_int(runs, now);
	while (json_count(runs) > RUNS_KEPT)
		json_remove_at(runs, 0);
}

/* A run by a clock that was ahead would keep the watch quiet until that time has come. */
static bool is_credible(int64_t time, int64_t now)
{
	return time >= YEAR_2020 && time <= now;
}

/* Returns the last run by a clock that was right, and the longest interval between such runs; 0
 * where there is none. Those that a slow clock has put out of order change neither. */
static int64_t survey_runs(const struct notified *record, int64_t now, int64_t *ret_interval)
{
	const struct json *runs = json_member(record->root, "runs");
	int64_t last = 0;

	*ret_interval = 0;
	for (size_t i = 0; i < json_count(runs); i++) {
		int64_t time = time_at(runs, i);

		if (!is_credible(time, now) || time <= last)
			continue;
		if (last && time - last > *ret_interval)
			*ret_interval = time - last;
		last = time;
	}
	return last;
}

int64_t notified_last_run(const struct notified *record, int64_t now)
{
	int64_t interval;

	return survey_runs(record, now, &interval);
}

static int64_t watched_since(const struct notified *record, int64_t now)
{
	int64_t since = time_of(record->root, "watched_since");

	return is_credible(since, now) ? since : 0;
}

void notified_begin_watch(struct notified *record, int64_t now)
{
	if (!notified_last_run(record, now) && !watched_since(record, now))
		json_set_int(record->root, "watched_since", now);
}

int64_t notified_overdue_at(const struct notified *record, int64_t now)
{
	int64_t interval, last = survey_runs(record, now, &interval);

	if (!last)
		last = watched_since(record, now);
	interval = interval > LEAST_INTERVAL ? interval : LEAST_INTERVAL;
	interval = interval < MOST_INTERVAL ? interval : MOST_INTERVAL;
	return last ? last + 2 * interval : 0;
}

/* After a restart of the machine the clock is behind what is on record, and its timers need their
 * time again. */
int64_t notified_watch_lateness(struct notified *record, int64_t now, int64_t awake_s)
{
	static const char member[] = "late_awake_s";
	int64_t overdue = notified_overdue_at(record, now), first = 0;

	if (!overdue || now < overdue) {
		json_remove(record->root, member);
		return -1;
	}
	if (!json_int(json_member(record->root, member), &first) || first > awake_s) {
		json_set_int(record->root, member, awake_s);
		first = awake_s;
	}
	return awake_s - first;
}

static struct json *find_target(const struct notified *record, const char *target)
{
	return json_member(json_member(record->root, "targets"), target);
}

static struct json *own_target(struct notified *record, const char *target)
{
	return own_object(own_object(record->root, "targets"), target);
}

int64_t notified_told_at(const struct notified *record, const char *target, const char *key)
{
	return time_of(json_member(find_target(record, target), "told"), key);
}

void notified_list_told(const struct notified *record, const char *target, struct strvec *ret_keys)
{
	const struct json *told = json_member(find_target(record, target), "told");

	for (size_t i = 0; json_is_object(told) && i < json_count(told); i++)
		strvec_push(ret_keys, json_member_name(told, i));
}

size_t notified_count_sent(const struct notified *record, const char *target, int64_t now)
{
	const struct json *sent = json_member(find_target(record, target), "sent");
	size_t count = 0;

	for (size_t i = 0; i < json_count(sent); i++)
		count += time_at(sent, i) > now - DAY && time_at(sent, i) <= now;
	return count;
}

/* Sets these keys to a time in an object of the target's; 0 removes them. */
static void set_keys(struct json *object, const struct strvec *keys, int64_t value)
{
	for (size_t i = 0; i < keys->count; i++)
		if (value)
			json_set_int(object, keys->items[i], value);
		else
			json_remove(object, keys->items[i]);
}

/* Times that no longer count go: the list has no more than the messages of a day. */
static void count_attempt(struct json *sent, int64_t now)
{
	for (size_t i = json_count(sent); i-- > 0;)
		if (time_at(sent, i) <= now - DAY || time_at(sent, i) > now)
			json_remove_at(sent, i);
	json_push_int(sent, now);
}

static bool is_under_way(int64_t until, int64_t now)
{
	return now < until && until <= now + MOST_TRYING;
}

/* Drops what killed senders have left, when their time is over: it may be about what is so no
 * longer. */
static void drop_dead_attempts(struct json *trying, int64_t now)
{
	for (size_t i = json_count(trying); i-- > 0;) {
		AUTO_FREE char *key = xstrdup(json_member_name(trying, i));

		if (!is_under_way(time_of(trying, key), now))
			json_remove(trying, key);
	}
}

void notified_note_attempt(struct notified *record, const struct notified_message *message,
			   int64_t now, int64_t until)
{
	struct json *entry = own_target(record, message->target);
	struct json *trying = own_object(entry, "trying");

	count_attempt(own_array(entry, "sent"), now);
	drop_dead_attempts(trying, now);
	set_keys(trying, message->told, until);
	set_keys(trying, message->over, until);
}

bool notified_is_under_way(const struct notified *record, const char *target, const char *key,
			   int64_t now)
{
	return is_under_way(time_of(json_member(find_target(record, target), "trying"), key), now);
}

/* Others may be sending other keys. */
static void end_attempt(struct json *entry, const struct notified_message *message)
{
	struct json *trying = own_object(entry, "trying");

	set_keys(trying, message->told, 0);
	set_keys(trying, message->over, 0);
	if (!json_count(trying))
		json_remove(entry, "trying");
}

/* Others may have counted messages since. */
void notified_drop_attempt(struct notified *record, const char *target, int64_t at)
{
	struct json *sent = own_array(own_target(record, target), "sent");

	for (size_t i = json_count(sent); i-- > 0;)
		if (time_at(sent, i) == at) {
			json_remove_at(sent, i);
			return;
		}
}

void notified_note_sent(struct notified *record, const struct notified_message *message,
			int64_t now)
{
	struct json *entry = own_target(record, message->target);
	struct json *told = own_object(entry, "told");

	set_keys(told, message->told, now);
	set_keys(told, message->over, 0);
	end_attempt(entry, message);
	json_set_string(entry, "subject", message->subject);
	json_set_int(entry, "sent_at", now);
	json_remove(entry, "failure");
	json_remove(entry, "failed_at");
}

void notified_note_failure(struct notified *record, const struct notified_message *message,
			   const char *text, int64_t now)
{
	struct json *entry = own_target(record, message->target);

	end_attempt(entry, message);
	json_set_string(entry, "failure", text);
	json_set_int(entry, "failed_at", now);
}

/* A target that another round gives must not be forgotten by this one: it would be told everything
 * again, without a limit. A time of the future, or none, begins to count now. */
void notified_note_targets(struct notified *record, const struct strvec *targets, int64_t now)
{
	static const char member[] = "given_at";
	struct json *known = own_object(record->root, "targets");

	for (size_t i = json_count(known); i-- > 0;) {
		AUTO_FREE char *name = xstrdup(json_member_name(known, i));
		struct json *entry = own_object(known, name);
		int64_t given_at = time_of(entry, member);

		if (strvec_contains(targets, name) || !is_credible(given_at, now))
			json_set_int(entry, member, now);
		else if (given_at <= now - FORGOTTEN_AFTER)
			json_remove(known, name);
	}
}

size_t notified_target_count(const struct notified *record)
{
	const struct json *targets = json_member(record->root, "targets");

	return json_is_object(targets) ? json_count(targets) : 0;
}

struct notified_last notified_last_of(const struct notified *record, size_t index)
{
	const struct json *targets = json_member(record->root, "targets");
	const char *target = json_member_name(targets, index);
	const struct json *entry = json_member(targets, target);

	return (struct notified_last){
		.target = target,
		.subject = json_text(json_member(entry, "subject")),
		.sent_at = time_of(entry, "sent_at"),
		.failure = json_text(json_member(entry, "failure")),
		.failed_at = time_of(entry, "failed_at"),
	};
}
