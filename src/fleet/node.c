/*
 * The steps of the machine, and its states that need no CA: pulling what others have published,
 * publishing again what the store has lost, deciding, and giving ownership back (see node.h;
 * what an owner does is in node_order.c).
 */
#include "fleet/node.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "fleet/chain.h"
#include "fleet/node_parts.h"
#include "fleet/planted.h"

enum {
	/* How often an action without a clear answer is repeated. With the pauses in between, this
	 * takes half a minute, which is longer than an election of the store's members. */
	MAX_TRIES = 5,
	FIRST_WAIT_MS = 1000,
	/* How often a machine starts again because the store has changed or the CA's order is still
	 * unsettled. */
	MAX_ROUNDS = 30,
	/* Clocks can be wrong, so a pause that lasts longer than this is ignored. */
	MAX_BACKOFF_S = 7 * 24 * 3600,
};

void fleet_node_go(struct fleet_node *node, enum node_state state)
{
	node->state = state;
	node->tries = 0;
	node->wait_until_ms = 0;
}

void fleet_node_go_leased(struct fleet_node *node, enum node_state state, struct fleet_time now)
{
	bool is_ours = state == NODE_OWNING || node->owner_lease == node->session->lease;

	node->after_lease = state;
	if (PLANTED(PLANT_FINALIZES_STALE) && state == NODE_FINALIZING)
		fleet_node_go(node, state);
	else
		fleet_node_go(node, fleet_session_is_sure(node->session, now) && is_ours
					    ? state
					    : NODE_LEASING);
}

void fleet_node_end(struct fleet_node *node, enum fleet_end end)
{
	node->end = end;
	fleet_node_go(node, node->owner_value.len ? NODE_RELEASING : NODE_ENDED);
}

void fleet_node_again(struct fleet_node *node, struct fleet_time now, enum fleet_end end)
{
	if (++node->tries >= MAX_TRIES) {
		fleet_node_end(node, end);
		return;
	}
	node->wait_until_ms = now.mono_ms + (FIRST_WAIT_MS << node->tries);
}

bool fleet_node_begin_round(struct fleet_node *node)
{
	if (++node->rounds < MAX_ROUNDS)
		return true;
	fleet_node_end(node, FLEET_END_UNSETTLED);
	return false;
}

void fleet_node_restart(struct fleet_node *node, struct fleet_time now)
{
	strbuf_clear(&node->owner_value);
	if (!fleet_node_begin_round(node))
		return;
	fleet_node_go(node, NODE_PULLING);
	node->wait_until_ms = now.mono_ms + FIRST_WAIT_MS;
}

static struct fleet_place place_of(const struct fleet_node *node, enum fleet_kind kind,
				   uint64_t generation)
{
	const char *name = kind == FLEET_TIP      ? ""
			   : kind == FLEET_CHAIN  ? node->chain_name
			   : kind == FLEET_LIMIT  ? FLEET_BUDGET_LIMIT
			   : kind == FLEET_BUDGET ? node->share->name
						  : node->name;

	return (struct fleet_place){.fleet = node->session->fleet,
				    .kind = kind,
				    .name = name,
				    .generation = generation};
}

char *fleet_node_key(const struct fleet_node *node, enum fleet_kind kind, uint64_t generation)
{
	struct fleet_place place = place_of(node, kind, generation);

	return fleet_place_key(&place);
}

const char *fleet_node_head_digest(const struct fleet_node *node)
{
	return node->head.digest ? node->head.digest : "";
}

struct fleet_op *fleet_node_put(struct fleet_node *node, const struct fleet_record *record)
{
	struct fleet_place place = place_of(node, record->kind, record->generation);
	struct fleet_op *op = fleet_ask_put(&node->ask, fleet_place_key(&place));

	fleet_seal(node->session->ring, &place, record, &op->value);
	return op;
}

/* Puts the chain with each generation that has it, though it is the same one mostly: then nobody
 * needs to know what the store has, and a chain that was lost there comes back. */
static void put_generation(struct fleet_node *node)
{
	const struct fleet_record *taken = &node->taken;
	struct fleet_record stored = *taken;
	struct fleet_record chain = {.kind = FLEET_CHAIN, .chain = taken->chain};

	REPLACE(node->chain_name, fleet_chain_name(taken->chain));
	if (node->chain_name) {
		fleet_node_put(node, &chain);
		stored.chain = node->chain_name;
	}
	fleet_node_put(node, &stored);
}

void fleet_node_put_publication(struct fleet_node *node)
{
	const struct fleet_record *taken = &node->taken;
	AUTO(fleet_record) struct fleet_record head = FLEET_RECORD_INIT;
	struct fleet_record tip = {.kind = FLEET_TIP, .generation = taken->generation};

	head.kind = FLEET_HEAD;
	head.generation = taken->generation;
	head.not_after = taken->not_after;
	head.digest = fleet_record_digest(taken->cert);
	head.node = xstrdup(node->session->node);
	if (!PLANTED(PLANT_HEAD_BEFORE_GEN) || node->half_done)
		put_generation(node);
	fleet_node_put(node, &head);
	fleet_node_put(node, &tip);
	fleet_record_move(&node->head, &head);
}

static void replace_value(struct strbuf *value, const struct strbuf *with)
{
	strbuf_clear(value);
	strbuf_add(value, with->text, with->len);
}

void fleet_node_keep_put(const struct fleet_node *node, enum fleet_kind kind,
			 struct strbuf *ret_value)
{
	AUTO_FREE char *key = fleet_node_key(node, kind, 0);

	for (size_t i = 0; i < node->ask.op_count; i++) {
		if (strcmp(node->ask.ops[i].key, key) == 0)
			replace_value(ret_value, &node->ask.ops[i].value);
	}
}

bool fleet_node_read(struct fleet_node *node, const struct fleet_answer *answer,
		     enum fleet_kind kind, struct fleet_record *ret_record,
		     struct strbuf *ret_value)
{
	uint64_t generation = kind == FLEET_GENERATION ? node->head.generation : 0;
	struct fleet_place place = place_of(node, kind, generation);
	AUTO_FREE char *key = fleet_place_key(&place);
	const struct fleet_pair *pair = fleet_answer_find(answer, key);

	fleet_record_release(ret_record);
	if (ret_value)
		strbuf_clear(ret_value);
	if (pair && ret_value)
		replace_value(ret_value, &pair->value);
	if (!pair ||
	    fleet_unseal(node->session->ring, &place, span_make(pair->value.text, pair->value.len),
			 ret_record, &node->reason) == 0)
		return true;
	fleet_node_end(node, FLEET_END_REFUSED);
	return false;
}

bool fleet_node_is_answered(struct fleet_node *node, const struct fleet_answer *answer,
			    struct fleet_time now)
{
	switch (answer->outcome) {
	case FLEET_DONE:
		return true;
	case FLEET_UNSURE:
	case FLEET_AWAY:
		fleet_node_again(node, now, FLEET_END_AWAY);
		return false;
	case FLEET_NO_LEASE:
		fleet_session_lose_lease(node->session);
		fleet_node_restart(node, now);
		return false;
	case FLEET_FULL:
	case FLEET_DENIED:
		error_copy(&node->reason, &answer->fault);
		fleet_node_end(node,
			       answer->outcome == FLEET_FULL ? FLEET_END_FULL : FLEET_END_DENIED);
		return false;
	}
	return false;
}

static void begin_ask(struct fleet_node *node, struct fleet_action *action)
{
	fleet_ask_release(&node->ask);
	action->kind = FLEET_ASK;
	action->ask = &node->ask;
}

static void act_pull(struct fleet_node *node, struct fleet_time now, struct fleet_action *action)
{
	begin_ask(node, action);
	fleet_ask_read(&node->ask, fleet_node_key(node, FLEET_HEAD, 0));
	fleet_ask_read(&node->ask, fleet_node_key(node, FLEET_STATE, 0));
}

/* Two certificates of one generation exist only if a machine was cut off from the store when it
 * made one. The one that expires later wins. */
static int compare_with_head(const struct fleet_node *node)
{
	const struct fleet_record *head = &node->head;
	const struct fleet_local *local = &node->local;

	if (PLANTED(PLANT_OLDER_ACCEPTED) && head->generation < local->generation)
		return 1;
	if (head->generation != local->generation)
		return head->generation > local->generation ? 1 : -1;
	if (!local->generation || str_eq_or_null(head->digest, local->digest))
		return 0;
	return head->not_after > local->not_after ? 1 : -1;
}

static void take_pull(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now)
{
	int order;

	if (!fleet_node_is_answered(node, reply->answer, now) ||
	    !fleet_node_read(node, reply->answer, FLEET_HEAD, &node->head, &node->head_value) ||
	    !fleet_node_read(node, reply->answer, FLEET_STATE, &node->past, NULL))
		return;
	order = compare_with_head(node);
	fleet_node_go(node, order > 0 ? NODE_READING : order < 0 ? NODE_GIVING : NODE_DECIDING);
}

static void act_read(struct fleet_node *node, struct fleet_time now, struct fleet_action *action)
{
	begin_ask(node, action);
	fleet_ask_read(&node->ask, fleet_node_key(node, FLEET_GENERATION, node->head.generation));
}

static void refuse_generation(struct fleet_node *node, const char *why)
{
	error_set(&node->reason, ERR_REFUSED, "generation %llu of '%s' in the store %s",
		  (unsigned long long)node->head.generation, node->name, why);
	fleet_node_end(node, FLEET_END_REFUSED);
}

/* After a restore of the store from a backup, another machine renews what the store has, and there
 * are two certificates of one generation. The next one may replace either. If it replaced the other
 * one, and that one expires before ours does, ours is the newer certificate. */
static bool is_beside_ours(const struct fleet_node *node)
{
	const struct fleet_local *local = &node->local;

	return local->generation && node->taken.generation == local->generation + 1 &&
	       !str_eq_or_null(node->taken.digest, local->digest) &&
	       node->taken.not_after < local->not_after;
}

static void go_taking(struct fleet_node *node)
{
	node->taken_is_ours = false;
	fleet_node_go(node, is_beside_ours(node) ? NODE_GIVING : NODE_TAKING);
}

static void take_read(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now)
{
	if (!fleet_node_is_answered(node, reply->answer, now) ||
	    !fleet_node_read(node, reply->answer, FLEET_GENERATION, &node->taken, NULL))
		return;
	if (node->taken.kind == FLEET_NO_RECORD) {
		refuse_generation(node, "is missing");
	} else if (!fleet_record_is_of_head(&node->taken, &node->head)) {
		refuse_generation(node, "is not the one that its head names");
	} else if (fleet_chain_is_apart(&node->taken)) {
		REPLACE(node->chain_name, xstrdup(node->taken.chain));
		fleet_node_go(node, NODE_CHAINING);
	} else {
		go_taking(node);
	}
}

static void act_chain(struct fleet_node *node, struct fleet_time now, struct fleet_action *action)
{
	begin_ask(node, action);
	fleet_ask_read(&node->ask, fleet_node_key(node, FLEET_CHAIN, 0));
}

static void take_chain(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now)
{
	AUTO(fleet_record) struct fleet_record chain = FLEET_RECORD_INIT;

	if (!fleet_node_is_answered(node, reply->answer, now) ||
	    !fleet_node_read(node, reply->answer, FLEET_CHAIN, &chain, NULL))
		return;
	if (fleet_chain_join(&node->taken, &chain))
		go_taking(node);
	else
		refuse_generation(node, "lacks its chain");
}

static void act_take(struct fleet_node *node, struct fleet_time now, struct fleet_action *action)
{
	action->kind = FLEET_TAKE;
	action->record = &node->taken;
}

static void take_taken(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now)
{
	if (reply->result != FLEET_OK) {
		error_set(&node->reason, ERR_IO, "cannot store generation %llu of '%s'",
			  (unsigned long long)node->taken.generation, node->name);
		fleet_node_end(node, FLEET_END_FAILED);
		return;
	}
	REPLACE(node->local_digest, fleet_record_digest(node->taken.cert));
	node->local.digest = node->local_digest;
	node->local.generation = node->taken.generation;
	node->local.not_after = node->taken.not_after;
	if (node->taken_is_ours)
		fleet_node_end(node, FLEET_END_RENEWED);
	else
		fleet_node_go(node, NODE_DECIDING);
}

static void act_give(struct fleet_node *node, struct fleet_time now, struct fleet_action *action)
{
	action->kind = FLEET_GIVE;
}

/* Uses a new number if that of ours belongs to another certificate. It does not replace the
 * certificate that the head names, since it may have been issued before that one. */
static void take_given(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now)
{
	if (reply->result != FLEET_OK) {
		fleet_node_end(node, FLEET_END_FAILED);
		return;
	}
	fleet_record_move(&node->taken, reply->record);
	node->taken.kind = FLEET_GENERATION;
	node->taken.generation = node->local.generation;
	if (node->head.generation >= node->taken.generation)
		node->taken.generation = node->head.generation + 1;
	REPLACE(node->taken.digest, xstrdup(""));
	node->taken_is_ours = false;
	fleet_node_go(node, NODE_RESTORING);
}

static void act_restore(struct fleet_node *node, struct fleet_time now, struct fleet_action *action)
{
	begin_ask(node, action);
	fleet_ask_compare(&node->ask, fleet_node_key(node, FLEET_HEAD, 0), &node->head_value);
	fleet_node_put_publication(node);
}

/* Its number may be new, so it is stored here like one from another machine. */
static void take_restored(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now)
{
	if (!fleet_node_is_answered(node, reply->answer, now))
		return;
	if (!reply->answer->succeeded) {
		fleet_node_restart(node, now);
		return;
	}
	log_debug("published generation %llu of '%s' again: the store had an older one",
		  (unsigned long long)node->taken.generation, node->name);
	fleet_node_keep_put(node, FLEET_HEAD, &node->head_value);
	fleet_node_go(node, NODE_TAKING);
}

static void act_decide(struct fleet_node *node, struct fleet_time now, struct fleet_action *action)
{
	action->kind = FLEET_DECIDE;
}

static void take_decided(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now)
{
	int64_t wait_s = node->past.not_before - now.unix_s;

	if (!reply->due)
		fleet_node_end(node, FLEET_END_CURRENT);
	else if (wait_s > 0 && wait_s < MAX_BACKOFF_S && !node->local.forced)
		fleet_node_end(node, FLEET_END_LATER);
	else
		fleet_node_go_leased(node, NODE_OWNING, now);
}

static void act_lease(struct fleet_node *node, struct fleet_time now, struct fleet_action *action)
{
	action->kind = FLEET_LEASE;
}

/* A new lease means that ownership was lost with the old one. */
static void take_leased(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now)
{
	if (reply->result != FLEET_OK) {
		fleet_node_again(node, now, FLEET_END_AWAY);
		return;
	}
	if (node->after_lease == NODE_OWNING || node->owner_lease == node->session->lease) {
		fleet_node_go(node, node->after_lease);
		return;
	}
	strbuf_clear(&node->owner_value);
	if (fleet_node_begin_round(node))
		fleet_node_go(node, NODE_OWNING);
}

/* Deletes only our own ownership: a successor may have taken it by now. */
static void put_release(const struct fleet_node *node, struct fleet_ask *ask)
{
	if (!PLANTED(PLANT_RELEASES_OTHERS))
		fleet_ask_compare(ask, fleet_node_key(node, FLEET_OWNER, 0), &node->owner_value);
	fleet_ask_delete(ask, fleet_node_key(node, FLEET_OWNER, 0));
}

static void act_release(struct fleet_node *node, struct fleet_time now, struct fleet_action *action)
{
	begin_ask(node, action);
	put_release(node, &node->ask);
}

bool fleet_node_ask_leave(struct fleet_node *node, struct fleet_ask *ask)
{
	if (!node->owner_value.len || node->state == NODE_ENDED)
		return false;
	fleet_ask_release(ask);
	put_release(node, ask);
	return true;
}

/* An ownership that cannot be given back disappears with the lease. */
static void take_released(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now)
{
	if (reply->answer->outcome == FLEET_UNSURE || reply->answer->outcome == FLEET_AWAY) {
		node->wait_until_ms = now.mono_ms + FIRST_WAIT_MS;
		if (++node->tries < MAX_TRIES)
			return;
		node->session->must_end = !PLANTED(PLANT_KEEPS_LEASE);
	}
	strbuf_clear(&node->owner_value);
	fleet_node_go(node, NODE_ENDED);
}

static void act_end(struct fleet_node *node, struct fleet_time now, struct fleet_action *action)
{
	action->kind = FLEET_END;
	action->end = node->end;
}

static void take_nothing(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now)
{
	BUG("'%s' got a reply after its end", node->name);
}

static const struct node_row near_rows[NODE_STATE__COUNT] = {
	[NODE_PULLING] = {"pulling", act_pull, take_pull},
	[NODE_READING] = {"reading a generation", act_read, take_read},
	[NODE_CHAINING] = {"reading a chain", act_chain, take_chain},
	[NODE_TAKING] = {"storing a generation", act_take, take_taken},
	[NODE_GIVING] = {"reading its own generation", act_give, take_given},
	[NODE_RESTORING] = {"publishing again", act_restore, take_restored},
	[NODE_DECIDING] = {"deciding", act_decide, take_decided},
	[NODE_LEASING] = {"confirming its lease", act_lease, take_leased},
	[NODE_RELEASING] = {"giving back ownership", act_release, take_released},
	[NODE_ENDED] = {"ended", act_end, take_nothing},
};

static const struct node_row *const owner_rows[NODE_STATE__COUNT] = {
	[NODE_OWNING] = &fleet_node_owning,         [NODE_RESERVING] = &fleet_node_reserving,
	[NODE_PREPARING] = &fleet_node_preparing,   [NODE_STORING] = &fleet_node_storing,
	[NODE_OPENING] = &fleet_node_opening,       [NODE_LOOKING] = &fleet_node_looking,
	[NODE_VALIDATING] = &fleet_node_validating, [NODE_FINALIZING] = &fleet_node_finalizing,
	[NODE_FETCHING] = &fleet_node_fetching,     [NODE_PUBLISHING] = &fleet_node_publishing,
	[NODE_DROPPING] = &fleet_node_dropping,
};

static const struct node_row *row_of(const struct fleet_node *node)
{
	return owner_rows[node->state] ? owner_rows[node->state] : &near_rows[node->state];
}

struct fleet_node *fleet_node_new(struct fleet_session *session, const struct fleet_local *local)
{
	struct fleet_node *node = XNEW(struct fleet_node);

	node->session = session;
	node->name = xstrdup(local->name);
	node->local = *local;
	node->local_digest = xstrdup_or_null(local->digest);
	node->local.name = node->name;
	node->local.digest = node->local_digest;
	if (local->server)
		node->share = fleet_budget_share(&session->shares, local->server);
	fleet_record_release(&node->limit);
	fleet_record_release(&node->wanted);
	strbuf_init(&node->wanted_value);
	fleet_record_release(&node->head);
	fleet_record_release(&node->order);
	fleet_record_release(&node->past);
	fleet_record_release(&node->taken);
	strbuf_init(&node->head_value);
	strbuf_init(&node->order_value);
	strbuf_init(&node->owner_value);
	return node;
}

void fleet_node_free(struct fleet_node *node)
{
	if (!node)
		return;
	/* An order may be on its way: then nobody knows whether it was placed. */
	if (node->state != NODE_OPENING)
		fleet_node_keep_reservation(node);
	fleet_record_release(&node->limit);
	fleet_record_release(&node->wanted);
	strbuf_release(&node->wanted_value);
	fleet_record_release(&node->head);
	fleet_record_release(&node->order);
	fleet_record_release(&node->past);
	fleet_record_release(&node->taken);
	strbuf_release(&node->head_value);
	strbuf_release(&node->order_value);
	strbuf_release(&node->owner_value);
	fleet_ask_release(&node->ask);
	error_release(&node->reason);
	free(node->local_digest);
	free(node->nonce);
	free(node->chain_name);
	free(node->problem);
	free(node->name);
	free(node);
}

void fleet_node_step(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now,
		     struct fleet_action *ret_action)
{
	if (reply)
		row_of(node)->take(node, reply, now);
	/* A task of another lineage may have found the lease gone while this one was waiting to try
	 * again. A key that is put without a lease would be owned forever. */
	if (node->state == NODE_OWNING && !node->session->lease)
		fleet_node_go_leased(node, NODE_OWNING, now);
	*ret_action = (struct fleet_action){.kind = FLEET_WAIT};
	if (node->wait_until_ms > now.mono_ms)
		ret_action->wait_until_ms = node->wait_until_ms;
	else
		row_of(node)->act(node, now, ret_action);
}

const struct error *fleet_node_error(const struct fleet_node *node)
{
	return &node->reason;
}

const char *fleet_node_state_name(const struct fleet_node *node)
{
	return row_of(node)->name;
}
