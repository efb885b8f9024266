/*
 * The machine's state that keeps the fleet's orders within its budget (budget.h): one is reserved
 * before the CA is asked for it, and before a key is made for it. Without a limit in the store none
 * of this is asked.
 *
 * A process that dies with a reservation has used it: what is counted may be more than what was
 * ordered, and is never less.
 */
#include "base/alloc.h"
#include "fleet/node_parts.h"
#include "fleet/planted.h"

static void go_on(struct fleet_node *node, struct fleet_time now)
{
	if (node->after_reserve == NODE_OPENING)
		fleet_node_go_leased(node, NODE_OPENING, now);
	else
		fleet_node_go(node, node->after_reserve);
	if (node->state == NODE_OPENING)
		node->tries = node->open_tries;
}

static void note_reserved(struct fleet_node *node, int64_t begun, struct fleet_time now)
{
	node->is_reserved = true;
	node->reserved_begun = begun;
	go_on(node, now);
}

/* A reservation is of no use when its window is over: it would count for the wrong one. */
void fleet_node_go_reserved(struct fleet_node *node, enum node_state state, struct fleet_time now)
{
	node->after_reserve = state;
	node->open_tries = 0;
	if (node->is_reserved &&
	    fleet_budget_is_over(node->reserved_begun, &node->limit, now.unix_s))
		node->is_reserved = false;
	if (!node->share || !node->limit.orders || node->is_reserved)
		go_on(node, now);
	else if (fleet_budget_take(node->share, &node->limit, now.unix_s))
		note_reserved(node, node->share->begun, now);
	else
		fleet_node_go(node, NODE_RESERVING);
}

void fleet_node_keep_reservation(struct fleet_node *node)
{
	if (node->is_reserved)
		fleet_budget_keep(node->share, node->reserved_begun);
	node->is_reserved = false;
}

/* If all seem to be used up, only asks: another machine may have given some back, or somebody has
 * raised the limit. What had no answer is asked in the same words, so that it is known again. */
static void act_reserve(struct fleet_node *node, struct fleet_time now, struct fleet_action *action)
{
	action->kind = FLEET_ASK;
	action->ask = &node->ask;
	if (node->is_unheard)
		return;
	fleet_ask_release(&node->ask);
	strbuf_clear(&node->wanted_value);
	fleet_record_release(&node->wanted);
	fleet_ask_read(&node->ask, fleet_node_key(node, FLEET_BUDGET, 0));
	if (!fleet_budget_reserve(node->share, &node->limit, now.unix_s, &node->wanted))
		return;
	if (!PLANTED(PLANT_COUNTS_BLINDLY))
		fleet_ask_compare(&node->ask, fleet_node_key(node, FLEET_BUDGET, 0),
				  &node->share->value);
	fleet_node_put(node, &node->wanted);
	fleet_node_keep_put(node, FLEET_BUDGET, &node->wanted_value);
}

static void end_postponed(struct fleet_node *node, struct fleet_time now)
{
	const struct fleet_share *share = node->share;
	AUTO_FREE char *window = fleet_budget_window_text(&node->limit);
	int64_t rest_s = share->begun + (int64_t)node->limit.window_s - now.unix_s;

	error_set(&node->reason, ERR_BUSY,
		  "it is postponed: the fleet's orders at %s (%llu in %s) are used up, for %lld "
		  "minutes more",
		  share->server, (unsigned long long)node->limit.orders, window,
		  (long long)(rest_s + 59) / 60);
	fleet_node_end(node, FLEET_END_POSTPONED);
}

/* The value that is there was put by an earlier try of this machine if it is the one that was
 * wanted: no two are the same. */
static bool is_heard(const struct fleet_node *node, const struct strbuf *value)
{
	return value->len && span_same(span_make(value->text, value->len),
				       span_make(node->wanted_value.text, node->wanted_value.len));
}

static void take_reserved(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now)
{
	AUTO(fleet_record) struct fleet_record there = FLEET_RECORD_INIT;
	AUTO(strbuf) struct strbuf value = STRBUF_INIT;
	enum fleet_outcome outcome = reply->answer->outcome;
	bool heard;

	if (outcome != FLEET_AWAY)
		node->is_unheard = outcome == FLEET_UNSURE;
	if (!fleet_node_is_answered(node, reply->answer, now))
		return;
	if (node->wanted_value.len && reply->answer->succeeded) {
		fleet_budget_learn(node->share, &node->wanted, &node->wanted_value);
		note_reserved(node, node->wanted.not_before, now);
		return;
	}
	if (!fleet_node_read(node, reply->answer, FLEET_BUDGET, &there, &value))
		return;
	heard = is_heard(node, &value);
	fleet_budget_learn(node->share, &there, &value);
	if (heard)
		note_reserved(node, there.not_before, now);
	else if (!fleet_budget_reserve(node->share, &node->limit, now.unix_s, &node->wanted))
		end_postponed(node, now);
	else
		(void)fleet_node_begin_round(node);
}

const struct node_row fleet_node_reserving = {"reserving an order", act_reserve, take_reserved};
