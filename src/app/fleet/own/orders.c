/*
 * Remembering and giving back (see orders.h). The state has a line for each CA:
 * "NAME = begun orders returned", in the section [budget].
 */
#include "app/fleet/own/orders.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"

/* Tries to give back while other machines count, each of which needs a look at their count. */
enum { MAX_TRIES = 4 };

static const char section_name[] = "budget";

static char *describe_share(const struct fleet_share *share)
{
	return xasprintf("%" PRId64 " %" PRIu64 " %" PRIu64, share->begun, share->orders,
			 share->returned);
}

/* A line that somebody has changed counts for nothing. */
void orders_recall(struct member *member, const char *server)
{
	struct fleet_share *share = fleet_budget_share(&member->session.shares, server);
	const struct ini_section *section = ini_find_section(ini_root(member->state), section_name);
	const char *line = section ? ini_peek(section, share->name) : NULL;

	if (share->begun || !line)
		return;
	if (sscanf(line, "%" SCNd64 " %" SCNu64 " %" SCNu64, &share->begun, &share->orders,
		   &share->returned) != 3 ||
	    share->returned > share->orders)
		share->begun = 0;
}

/* Returns true if there is nothing more to try. */
static bool return_spare(struct member *member, struct fleet_share *share)
{
	AUTO(fleet_ask) struct fleet_ask ask = {.kind = FLEET_TXN};
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};
	AUTO(fleet_record) struct fleet_record there = FLEET_RECORD_INIT;
	AUTO(error) struct error unread = ERROR_INIT;
	const struct fleet_pair *pair;

	if (member->silent_ms || !fleet_session_ask_return(&member->session, share, &ask))
		return true;
	member_perform(member, &ask, &answer);
	if (answer.outcome != FLEET_DONE)
		return true;
	if (answer.succeeded) {
		fleet_budget_settle(share, &ask.ops[0].value);
		return true;
	}
	pair = fleet_answer_find(&answer, ask.ops[0].key);
	if (!pair ||
	    member_unseal(member, FLEET_BUDGET, share->name, &pair->value, &there, &unread) < 0)
		return true;
	fleet_budget_learn(share, &there, &pair->value);
	return false;
}

/* Returns true if the state has changed by it. */
static bool note_share(struct member *member, const struct fleet_share *share)
{
	struct ini_section *section = ini_add_section(ini_root(member->state), section_name);
	AUTO_FREE char *line = describe_share(share);

	if (!share->begun || str_eq_or_null(ini_peek(section, share->name), line))
		return false;
	ini_set(section, share->name, line);
	return true;
}

void orders_settle(struct member *member)
{
	AUTO(error) struct error failure = ERROR_INIT;
	bool has_news = false;

	for (struct fleet_share *share = member->session.shares; share; share = share->next) {
		for (int tries = 0; tries < MAX_TRIES && !return_spare(member, share);)
			tries++;
		if (share->begun)
			has_news |= note_share(member, share);
	}
	if (has_news && member_save_state(member, &failure) < 0)
		log_debug("%s", failure.text);
}
