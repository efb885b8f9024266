/*
 * What was told of the certificates by --notify, to whom and when; and when `renew` last ran, for
 * the one who watches it. WORK_DIR/notified.json, times in Unix seconds:
 *
 *	{"version": 1, "watched_since": T, "runs": [T, ...], "late_awake_s": N,
 *	 "targets": {"mail:root": {"told": {"renewal-fails a.test": T}, "sent": [T, ...],
 *	             "subject": "...", "sent_at": T, "failure": "...", "failed_at": T}}}
 *
 * "late_awake_s" is what the clock that stands still during a suspend showed when `renew` was first
 * found overdue.
 *
 * The record is each target's own: one that could not be reached is told later what others know
 * already. No lock is held, so that it can be told that `renew` hangs; of two processes that write
 * at the same time the later one wins, and the worst is a message that is sent twice. A file that
 * cannot be read counts as empty, for the same reason.
 */
#ifndef STORE_RENEWAL_NOTIFIED_H
#define STORE_RENEWAL_NOTIFIED_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strvec.h"

struct notified;

/* Reads the record, which the caller frees; empty when there is none. */
struct notified *notified_read(const char *work_dir) WARN_UNUSED;
void notified_free(struct notified *record);
DEFINE_AUTO_PTR(notified, notified_free);
/* Replaces the file, and makes the directory if it is missing. */
int notified_write(const struct notified *record, const char *work_dir,
		   struct error *err) WARN_UNUSED;

/* Records that a run of `renew` has ended at this time. */
void notified_note_run(struct notified *record, int64_t now);
/* Records since when it is watched, unless that, or a run, is on record. */
void notified_begin_watch(struct notified *record, int64_t now);
/* Returns when the last run ended; 0: none is on record. */
int64_t notified_last_run(const struct notified *record);
/* Returns the time at which two intervals have passed without a run; 0: nothing is on record. The
 * interval is the longest between the last runs, but at least six hours and at most a week. */
int64_t notified_overdue_at(const struct notified *record);
/* Returns for how many seconds this machine has been awake since `renew` was first found overdue,
 * and records when that was; -1: it is not overdue. `awake_s` counts from the start of the machine,
 * without the time that it was suspended. */
int64_t notified_watch_lateness(struct notified *record, int64_t now, int64_t awake_s);

/* Returns when the target was told of it last; 0: never, or it was told since that it is over. */
int64_t notified_told_at(const struct notified *record, const char *target, const char *key);
/* Appends the keys of all that the target was told of. */
void notified_list_told(const struct notified *record, const char *target, struct strvec *ret_keys);
/* Returns how many messages the target got within the 24 hours before `now`. A later time is of a
 * clock that was wrong, and does not count. */
size_t notified_count_sent(const struct notified *record, const char *target, int64_t now);
/* Counts a message that is about to be sent: written before it is, so that nothing is sent again
 * and again whose record is lost. */
void notified_note_attempt(struct notified *record, const char *target, int64_t now);
/* Takes the attempt of that time back: nothing has arrived. */
void notified_drop_attempt(struct notified *record, const char *target, int64_t now);
/* Records that the target was told of these and no others. */
void notified_note_sent(struct notified *record, const char *target, const struct strvec *keys,
			const char *subject, int64_t now);
/* Records that it could not be told. */
void notified_note_failure(struct notified *record, const char *target, const char *text,
			   int64_t now);
/* Drops the targets that are no longer given. */
void notified_keep_targets(struct notified *record, const struct strvec *targets);

/* The last message to a target, and the last failure if that was later. All is borrowed. */
struct notified_last {
	const char *target, *subject; /* NULL: none was sent */
	int64_t sent_at;
	const char *failure; /* NULL: the last one was sent */
	int64_t failed_at;
};
/* Returns how many targets are on record. */
size_t notified_target_count(const struct notified *record);
/* Returns what is on record of the index-th. */
struct notified_last notified_last_of(const struct notified *record, size_t index);

#endif
