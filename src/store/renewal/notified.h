/*
 * What was told of the certificates by --notify, to whom and when; and when `renew` last ran, for
 * the one who watches it. WORK_DIR/notified.json, times in Unix seconds:
 *
 *	{"version": 1, "watched_since": T, "runs": [T, ...], "late_awake_s": N,
 *	 "writes": N,
 *	 "targets": {"mail:root": {"told": {"renewal-fails a.test": T}, "sent": [T, ...],
 *	             "trying": {"expires a.test": T}, "subject": "...", "sent_at": T,
 *	             "failure": "...", "failed_at": T, "given_at": T}}}
 *
 * "late_awake_s" is what the clock that stands still during a suspend showed when `renew` was first
 * found overdue; "given_at" is when a round last had this target.
 *
 * The record is each target's own: one that could not be reached is told later what others know
 * already. A damaged file counts as empty: a message that is sent twice is better than one that is
 * never sent. One that is there and cannot be read is an error: it would be overwritten.
 *
 * `renew` and `notify watch` may run at the same time. The record is read, changed and written
 * under a lock of its own (notified.lock), but nobody sends a message while holding it: servers
 * take their time, and it must be told that `renew` hangs. So what is about to be sent is noted
 * first, in "trying", with the time at which its sender must have ended; until then others leave it
 * alone. What a killed sender was about to tell is told after that time, and that is the only way
 * in which it may be told twice.
 */
#ifndef STORE_RENEWAL_NOTIFIED_H
#define STORE_RENEWAL_NOTIFIED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strvec.h"

struct clock;
struct notified;

/* Reads the record, which the caller frees; empty when there is none that can be read. To look at,
 * not to change. */
struct notified *notified_read(const char *work_dir) WARN_UNUSED;
/* Makes the directory if it is missing, and reads the record under its lock, for which it waits
 * five seconds at most. ERR_BUSY, ERR_CANCELLED; ERR_IO: it is there, and cannot be read. */
int notified_take(const char *work_dir, const struct clock *clock, struct notified **ret_record,
		  struct error *err) WARN_UNUSED;
/* Releases the lock: what is changed from here on is not written. */
void notified_unlock(struct notified *record);
/* Frees the record, and releases its lock. */
void notified_free(struct notified *record);
DEFINE_AUTO_PTR(notified, notified_free);
/* Replaces the file, or keeps the record elsewhere where that cannot be (notified_file.h). */
int notified_write(struct notified *record, struct error *err) WARN_UNUSED;
/* Returns how often it was written: the same number, the same record. */
int64_t notified_writes(const struct notified *record);

/* Records that a run of `renew` has ended at this time. */
void notified_note_run(struct notified *record, int64_t now);
/* Records since when it is watched, unless that, or a run, is on record. */
void notified_begin_watch(struct notified *record, int64_t now);
/* Returns when the last run ended; 0: none is on record. Here and below, a time later than `now` or
 * before 2020 is of a clock that was wrong, and does not count. */
int64_t notified_last_run(const struct notified *record, int64_t now);
/* Returns the time at which two intervals have passed without a run; 0: nothing is on record. The
 * interval is the longest between the last runs, but at least six hours and at most a week. */
int64_t notified_overdue_at(const struct notified *record, int64_t now);
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
/* A message to a target. All is borrowed. */
struct notified_message {
	const char *target;
	const struct strvec *told; /* keys of what it says to be so */
	const struct strvec *over; /* keys of what it says to be over */
	const char *subject;
};
/* Counts a message that is about to be sent, and notes that its keys are under way until a time at
 * which the sender has ended. Written before it is sent, so that nothing is sent again and again
 * whose record is lost. */
void notified_note_attempt(struct notified *record, const struct notified_message *message,
			   int64_t now, int64_t until);
/* True when another process is sending this key to the target. A time that is further away than any
 * message takes is of a clock that was wrong. */
bool notified_is_under_way(const struct notified *record, const char *target, const char *key,
			   int64_t now);
/* Takes back the count of an attempt of that time: nothing has arrived. */
void notified_drop_attempt(struct notified *record, const char *target, int64_t at);
/* Records that the target was told. Others may have told it of other keys meanwhile. */
void notified_note_sent(struct notified *record, const struct notified_message *message,
			int64_t now);
/* Records that it could not be told. */
void notified_note_failure(struct notified *record, const struct notified_message *message,
			   const char *text, int64_t now);
/* Notes that a round has these targets. Drops those that none has had for a week: `renew` and the
 * timer of the watch need not have the same ones. */
void notified_note_targets(struct notified *record, const struct strvec *targets, int64_t now);

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
