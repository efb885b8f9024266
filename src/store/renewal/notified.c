/*
 * The record of --notify (see notified.h). It is kept as the JSON tree that the file has, so what a
 * later version adds survives.
 */
#include "store/renewal/notified.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "codec/json.h"
#include "os/file/file.h"

enum {
	MAX_FILE = 16 * 1024 * 1024,
	RUNS_KEPT = 8,
	DAY = 86400,
	/* A timer may fire every hour, but an hour is nothing to wake people for; and after a
	 * machine was off for long, the next gap says little. */
	LEAST_INTERVAL = 6 * 3600,
	MOST_INTERVAL = 7 * DAY,
};

struct notified {
	struct json *root;
};

static char *record_path(const char *work_dir)
{
	return path_join(work_dir, "notified.json");
}

static struct json *parse_record(const char *path)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO(error) struct error unreadable = ERROR_INIT;
	AUTO(json) struct json *root = NULL;

	if (file_read(path, MAX_FILE, &text, &unreadable) == 0 &&
	    json_parse(text.text, text.len, path, &root, &unreadable) == 0 && json_is_object(root))
		return STEAL(root);
	if (unreadable.code != ERR_NOT_FOUND)
		log_debug("beginning a new record of notifications: %s",
			  unreadable.text ? unreadable.text : "it is not an object");
	return json_object_new();
}

struct notified *notified_read(const char *work_dir)
{
	AUTO_FREE char *path = record_path(work_dir);
	struct notified *record = XNEW(struct notified);

	record->root = parse_record(path);
	return record;
}

void notified_free(struct notified *record)
{
	if (record)
		json_free(record->root);
	free(record);
}

/* Only its owner reads it: it quotes errors, and says whom to mail. */
int notified_write(const struct notified *record, const char *work_dir, struct error *err)
{
	AUTO_FREE char *path = record_path(work_dir);
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	json_set_int(record->root, "version", 1);
	json_print(record->root, JSON_PRETTY, &text);
	strbuf_addc(&text, '\n');
	if (dir_make(work_dir, 0755, err) < 0)
		return err->code;
	return file_publish(path, text.text, text.len, 0600, err);
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

void notified_note_run(struct notified *record, int64_t now)
{
	struct json *runs = own_array(record->root, "runs");

	json_push_int(runs, now);
	while (json_count(runs) > RUNS_KEPT)
		json_remove_at(runs, 0);
}

int64_t notified_last_run(const struct notified *record)
{
	const struct json *runs = json_member(record->root, "runs");
	size_t count = json_count(runs);

	return count ? time_at(runs, count - 1) : 0;
}

void notified_begin_watch(struct notified *record, int64_t now)
{
	if (!notified_last_run(record) && !time_of(record->root, "watched_since"))
		json_set_int(record->root, "watched_since", now);
}

int64_t notified_overdue_at(const struct notified *record)
{
	const struct json *runs = json_member(record->root, "runs");
	int64_t last = notified_last_run(record), interval = LEAST_INTERVAL;

	if (!last)
		last = time_of(record->root, "watched_since");
	for (size_t i = 1; i < json_count(runs); i++) {
		int64_t gap = time_at(runs, i) - time_at(runs, i - 1);

		interval = gap > interval ? gap : interval;
	}
	interval = interval < MOST_INTERVAL ? interval : MOST_INTERVAL;
	return last ? last + 2 * interval : 0;
}

/* After a restart of the machine the clock is behind what is on record, and its timers need their
 * time again. */
int64_t notified_watch_lateness(struct notified *record, int64_t now, int64_t awake_s)
{
	static const char member[] = "late_awake_s";
	int64_t overdue = notified_overdue_at(record), first = 0;

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

/* Times that no longer count go: the list has no more than the messages of a day. */
void notified_note_attempt(struct notified *record, const char *target, int64_t now)
{
	struct json *sent = own_array(own_target(record, target), "sent");

	for (size_t i = json_count(sent); i-- > 0;)
		if (time_at(sent, i) <= now - DAY || time_at(sent, i) > now)
			json_remove_at(sent, i);
	json_push_int(sent, now);
}

void notified_drop_attempt(struct notified *record, const char *target, int64_t now)
{
	struct json *sent = own_array(own_target(record, target), "sent");
	size_t count = json_count(sent);

	if (count && time_at(sent, count - 1) == now)
		json_remove_at(sent, count - 1);
}

void notified_note_sent(struct notified *record, const char *target, const struct strvec *keys,
			const char *subject, int64_t now)
{
	struct json *entry = own_target(record, target), *told = json_object_new();

	for (size_t i = 0; i < keys->count; i++)
		json_set_int(told, keys->items[i], now);
	json_set(entry, "told", told);
	json_set_string(entry, "subject", subject);
	json_set_int(entry, "sent_at", now);
	json_remove(entry, "failure");
	json_remove(entry, "failed_at");
}

void notified_note_failure(struct notified *record, const char *target, const char *text,
			   int64_t now)
{
	struct json *entry = own_target(record, target);

	json_set_string(entry, "failure", text);
	json_set_int(entry, "failed_at", now);
}

void notified_keep_targets(struct notified *record, const struct strvec *targets)
{
	struct json *known = own_object(record->root, "targets");

	for (size_t i = json_count(known); i-- > 0;) {
		const char *name = json_member_name(known, i);

		if (!strvec_contains(targets, name)) {
			AUTO_FREE char *gone = xstrdup(name);

			json_remove(known, gone);
		}
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
