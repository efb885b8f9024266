/*
 * What somebody should know: the rules of --notify, a row each, over what is on record.
 */
#ifndef APP_NOTIFY_NOTICES_H
#define APP_NOTIFY_NOTICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/status/status_list.h"
#include "base/map.h"
#include "store/renewal/notified.h"

struct notice_row {
	const char *id;   /* in JSON, in the record, and in the journal */
	bool is_urgent;   /* clients see errors, or nobody renews */
	const char *over; /* what is said when it holds no longer */
	bool is_of_run;   /* only a run about all certificates shows whether it holds */
};

struct notice {
	const struct notice_row *row; /* static */
	char *name;                   /* of the certificate, printable; "" for none */
	char *text;
};

struct notices {
	struct notice *items;
	size_t count, capacity;
};
#define NOTICES_INIT                                                                               \
	{                                                                                          \
		.items = NULL                                                                      \
	}
void notices_release(struct notices *notices);
DEFINE_AUTO(notices, notices_release);

/* Appends what the rules find in the list. `least_days` is the least time that a certificate should
 * have left; 0: a sixth of its lifetime. */
void notices_of_list(const struct status_list *list, int64_t least_days, struct notices *ret);
/* Appends that `renew` has not run for two intervals, if the machine has been awake for long enough
 * since that was found: after a suspend or a start its timers need time to catch up. `late_s` is
 * what notified_watch_lateness() returns. */
void notices_of_runs(const struct notified *record, int64_t now, int64_t late_s,
		     struct notices *ret);
/* Appends the failures that a run could not record: names of lineages, with texts. */
void notices_of_unrecorded(const struct map *unrecorded, struct notices *ret);
/* Appends one that only says that messages arrive. */
void notices_add_test(struct notices *ret);
/* Returns the row of that id, or NULL: a record may be of another version. */
const struct notice_row *notices_find_row(const char *id);

#endif
