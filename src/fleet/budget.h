/*
 * How many orders the machines of a fleet may place at a CA together, in each window of time: so
 * that the batch of one machine leaves something of the account's limit to the others.
 *
 * The store has the limit, and for each CA one record that counts the orders of the present window.
 * Each order is reserved there first, by a write that is guarded by the value that was read. A
 * window begins with the first order after the end of the one before, and never ends early because
 * of a clock that is slow; one that is fast by ten minutes ends it ten minutes early.
 */
#ifndef FLEET_BUDGET_H
#define FLEET_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "fleet/records.h"

/* The name of the record that has the limit of a fleet. */
#define FLEET_BUDGET_LIMIT "orders"

/* The count of a CA, as far as a process knows it. */
struct fleet_share {
	struct fleet_share *next;
	char *server, *name; /* URL of the CA's directory; the name of its record */
	struct strbuf value; /* the record as last seen, sealed; empty: there is none */
	/* The highest count ever seen: a store that was set back to a backup has less. */
	int64_t begun; /* Unix seconds; 0: nothing was counted yet */
	uint64_t orders, returned;
	uint64_t spare; /* reserved in this window by machines of this process, and not used */
};

/* Returns the name of the record that counts the orders at a CA; the caller frees it. */
char *fleet_budget_name(const char *server) WARN_UNUSED;
/* Returns what is known of a CA, which begins as nothing. Borrowed from the list. */
struct fleet_share *fleet_budget_share(struct fleet_share **shares, const char *server);
/* Frees the list. */
void fleet_budget_free(struct fleet_share *shares);
/* Takes in what the store has: `record` may be empty, as `value` then. */
void fleet_budget_learn(struct fleet_share *share, const struct fleet_record *record,
			const struct strbuf *value);
/* True if a window that began then is over. One that seems to begin much later was begun by a clock
 * that was wrong by more than a window, and counts for nothing. */
bool fleet_budget_is_over(int64_t begun, const struct fleet_record *limit, int64_t unix_s);
/* Returns the length of the window in words: "3 hours"; the caller frees it. */
char *fleet_budget_window_text(const struct fleet_record *limit) WARN_UNUSED;
/* How many orders of the window count. */
uint64_t fleet_budget_used(const struct fleet_record *budget, const struct fleet_record *limit,
			   int64_t unix_s);
/* Fills in the record that reserves one order more. False: all are used up, until the window is
 * over. */
bool fleet_budget_reserve(const struct fleet_share *share, const struct fleet_record *limit,
			  int64_t unix_s, struct fleet_record *ret_record);
/* Takes back a reservation of a window that has not been used. */
void fleet_budget_keep(struct fleet_share *share, int64_t begun);
/* Takes one of those that were kept; false: there is none in the present window. */
bool fleet_budget_take(struct fleet_share *share, const struct fleet_record *limit, int64_t unix_s);
/* Fills in the record that gives back to the store what was kept; false: there is nothing. */
bool fleet_budget_return(const struct fleet_share *share, struct fleet_record *ret_record);
/* Takes in that this was done: the store has that value now. */
void fleet_budget_settle(struct fleet_share *share, const struct strbuf *value);

#endif
