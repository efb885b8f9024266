/*
 * The count of orders (see budget.h). Both of its numbers only grow within a window, so of two
 * records the later one can be told: whoever remembers more than the store has raises it again.
 */
#include "fleet/budget.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "crypto/digest.h"

enum { NAME_LEN = 32 }; /* hex digits, of which the half would do */

/* A URL may have any characters, and keys of the store are listed by their form. */
char *fleet_budget_name(const char *server)
{
	AUTO(strbuf) struct strbuf hex = STRBUF_INIT;

	digest_hex(DIGEST_SHA256, server, strlen(server), &hex);
	strbuf_truncate(&hex, NAME_LEN);
	return strbuf_detach(&hex);
}

struct fleet_share *fleet_budget_share(struct fleet_share **shares, const char *server)
{
	struct fleet_share *share = *shares;

	while (share && strcmp(share->server, server) != 0)
		share = share->next;
	if (share)
		return share;
	share = XNEW(struct fleet_share);
	share->server = xstrdup(server);
	share->name = fleet_budget_name(server);
	strbuf_init(&share->value);
	share->next = *shares;
	*shares = share;
	return share;
}

void fleet_budget_free(struct fleet_share *shares)
{
	while (shares) {
		struct fleet_share *next = shares->next;

		free(shares->server);
		free(shares->name);
		strbuf_release(&shares->value);
		free(shares);
		shares = next;
	}
}

/* True if the record is later than what is known. */
static bool is_later(const struct fleet_share *share, const struct fleet_record *record)
{
	if (record->not_before != share->begun)
		return record->not_before > share->begun;
	if (record->orders != share->orders)
		return record->orders > share->orders;
	return record->returned > share->returned;
}

void fleet_budget_learn(struct fleet_share *share, const struct fleet_record *record,
			const struct strbuf *value)
{
	strbuf_clear(&share->value);
	strbuf_add(&share->value, value->text, value->len);
	if (record->kind != FLEET_BUDGET || !is_later(share, record))
		return;
	if (record->not_before != share->begun)
		share->spare = 0;
	share->begun = record->not_before;
	share->orders = record->orders;
	share->returned = record->returned;
}

bool fleet_budget_is_over(int64_t begun, const struct fleet_record *limit, int64_t unix_s)
{
	int64_t window_s = (int64_t)limit->window_s;

	return unix_s - begun >= window_s || begun - unix_s > window_s;
}

char *fleet_budget_window_text(const struct fleet_record *limit)
{
	enum { HOUR_S = 3600, DAY_S = 24 * HOUR_S };
	bool is_days = limit->window_s % DAY_S == 0;
	unsigned long long count = limit->window_s / (is_days ? DAY_S : HOUR_S);

	return xasprintf("%llu %s%s", count, is_days ? "day" : "hour", count == 1 ? "" : "s");
}

uint64_t fleet_budget_used(const struct fleet_record *budget, const struct fleet_record *limit,
			   int64_t unix_s)
{
	if (fleet_budget_is_over(budget->not_before, limit, unix_s) ||
	    budget->returned > budget->orders)
		return 0;
	return budget->orders - budget->returned;
}

static void fill_record(const struct fleet_share *share, struct fleet_record *ret_record)
{
	ret_record->kind = FLEET_BUDGET;
	ret_record->not_before = share->begun;
	ret_record->orders = share->orders;
	ret_record->returned = share->returned;
	REPLACE(ret_record->server, xstrdup(share->server));
}

bool fleet_budget_reserve(const struct fleet_share *share, const struct fleet_record *limit,
			  int64_t unix_s, struct fleet_record *ret_record)
{
	fill_record(share, ret_record);
	if (fleet_budget_is_over(share->begun, limit, unix_s)) {
		ret_record->not_before = unix_s;
		ret_record->orders = ret_record->returned = 0;
	}
	ret_record->orders++;
	return ret_record->orders - ret_record->returned <= limit->orders;
}

void fleet_budget_keep(struct fleet_share *share, int64_t begun)
{
	if (begun == share->begun)
		share->spare++;
}

bool fleet_budget_take(struct fleet_share *share, const struct fleet_record *limit, int64_t unix_s)
{
	if (!share->spare || fleet_budget_is_over(share->begun, limit, unix_s))
		return false;
	share->spare--;
	return true;
}

bool fleet_budget_return(const struct fleet_share *share, struct fleet_record *ret_record)
{
	fill_record(share, ret_record);
	ret_record->returned += share->spare;
	return share->spare > 0;
}

void fleet_budget_settle(struct fleet_share *share, const struct strbuf *value)
{
	share->returned += share->spare;
	share->spare = 0;
	strbuf_clear(&share->value);
	strbuf_add(&share->value, value->text, value->len);
}
