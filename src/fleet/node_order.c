/*
 * What the owner of a lineage does (see node.h): take ownership, begin an order or resume an
 * existing one, and publish the result.
 *
 * Why nothing is issued twice: each order is for the generation after the head that was compared
 * when ownership was taken, and its URL is in the store before anything is finalized. So two
 * processes can only finalize the same order, which the CA does once. A second order is possible
 * only after the first one has left the store, either because the CA says that it is invalid or
 * because its certificate was published.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "fleet/node_parts.h"
#include "fleet/planted.h"

enum {
	/* After the first failure; doubled for each further one. */
	FIRST_BACKOFF_S = 3600,
	MAX_DOUBLINGS = 5,
	/* Between two questions about an order that the CA has not finished. */
	LOOK_AGAIN_MS = 2000,
	MAX_LOOKS = 30,
};

static void begin_guarded(struct fleet_node *node, struct fleet_action *action)
{
	fleet_ask_release(&node->ask);
	action->kind = FLEET_ASK;
	action->ask = &node->ask;
	fleet_ask_read(&node->ask, fleet_node_key(node, FLEET_HEAD, 0));
	fleet_ask_read(&node->ask, fleet_node_key(node, FLEET_OWNER, 0));
	fleet_ask_read(&node->ask, fleet_node_key(node, FLEET_ORDER, 0));
}

static void compare_owner(struct fleet_node *node)
{
	fleet_ask_compare(&node->ask, fleet_node_key(node, FLEET_OWNER, 0), &node->owner_value);
}

static void compare_order(struct fleet_node *node)
{
	fleet_ask_compare(&node->ask, fleet_node_key(node, FLEET_ORDER, 0), &node->order_value);
}

static void compare_head(struct fleet_node *node)
{
	fleet_ask_compare(&node->ask, fleet_node_key(node, FLEET_HEAD, 0), &node->head_value);
}

/* The head is compared because another machine may have renewed since the pull, and given ownership
 * back. */
static void act_own(struct fleet_node *node, struct fleet_time now, struct fleet_action *action)
{
	AUTO(fleet_record) struct fleet_record owner = FLEET_RECORD_INIT;

	if (!node->tries)
		REPLACE(node->nonce, fleet_session_nonce(node->session));
	owner.kind = FLEET_OWNER;
	owner.node = xstrdup(node->session->node);
	owner.nonce = xstrdup(node->nonce);
	begin_guarded(node, action);
	strbuf_clear(&node->owner_value);
	if (!PLANTED(PLANT_OWN_OVER_OWNER))
		compare_owner(node);
	if (!PLANTED(PLANT_OWN_WITHOUT_HEAD))
		compare_head(node);
	node->owner_lease = node->session->lease;
	fleet_node_put(node, &owner)->lease = node->owner_lease;
	if (node->share)
		fleet_ask_read(&node->ask, fleet_node_key(node, FLEET_LIMIT, 0));
}

/* Resumes the order that was found, if it is for the wanted generation: a store that was restored
 * may have an order for a generation that exists already. */
static void resume_order(struct fleet_node *node, struct fleet_time now)
{
	bool is_wanted = node->order.kind == FLEET_ORDER &&
			 (node->order.generation == node->head.generation + 1 ||
			  PLANTED(PLANT_STALE_ORDER));

	if (is_wanted && PLANTED(PLANT_RESUME_ORDERS))
		REPLACE(node->order.url, xstrdup(""));
	if (is_wanted && node->order.url[0])
		fleet_node_go(node, NODE_LOOKING);
	else
		fleet_node_go_reserved(node, is_wanted ? NODE_OPENING : NODE_PREPARING, now);
}

/* If the owner in the answer has our nonce, it is us: an earlier attempt succeeded, but its answer
 * was lost. False: the machine has moved to another state. */
static bool recognise_own(struct fleet_node *node, const struct fleet_answer *answer,
			  struct fleet_time now)
{
	AUTO(fleet_record) struct fleet_record owner = FLEET_RECORD_INIT, head = FLEET_RECORD_INIT;
	AUTO(strbuf) struct strbuf value = STRBUF_INIT, head_value = STRBUF_INIT;

	if (!fleet_node_read(node, answer, FLEET_OWNER, &owner, &value) ||
	    !fleet_node_read(node, answer, FLEET_HEAD, &head, &head_value))
		return false;
	if (!value.len) {
		fleet_node_restart(node, now);
		return false;
	}
	if (!str_eq_or_null(owner.nonce, node->nonce)) {
		fleet_node_end(node, FLEET_END_BUSY);
		return false;
	}
	strbuf_add(&node->owner_value, value.text, value.len);
	if (span_same(span_make(head_value.text, head_value.len),
		      span_make(node->head_value.text, node->head_value.len)))
		return true;
	fleet_node_end(node, FLEET_END_CURRENT);
	return false;
}

static void take_own(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now)
{
	const struct fleet_answer *answer = reply->answer;

	if (answer->outcome == FLEET_UNSURE && PLANTED(PLANT_UNSURE_IS_OWNED)) {
		fleet_node_go(node, NODE_PREPARING);
		return;
	}
	/* The write may still be made later, even after ownership was given back. */
	if (answer->outcome == FLEET_UNSURE)
		node->session->must_end = !PLANTED(PLANT_KEEPS_LEASE);
	if (!fleet_node_is_answered(node, answer, now))
		return;
	if (answer->succeeded)
		fleet_node_keep_put(node, FLEET_OWNER, &node->owner_value);
	else if (!recognise_own(node, answer, now))
		return;
	if (node->share && !fleet_node_read(node, answer, FLEET_LIMIT, &node->limit, NULL))
		return;
	if (fleet_node_read(node, answer, FLEET_ORDER, &node->order, &node->order_value))
		resume_order(node, now);
}

static void act_prepare(struct fleet_node *node, struct fleet_time now, struct fleet_action *action)
{
	action->kind = FLEET_PREPARE;
}

/* Each write of the order has a nonce that identifies it. */
static void store_order(struct fleet_node *node, struct fleet_time now)
{
	REPLACE(node->order.nonce, fleet_session_nonce(node->session));
	REPLACE(node->order.node, xstrdup(node->session->node));
	fleet_node_go_leased(node, NODE_STORING, now);
}

static void store_intent(struct fleet_node *node, struct fleet_record *record,
			 struct fleet_time now)
{
	fleet_record_move(&node->order, record);
	node->order.kind = FLEET_ORDER;
	node->order.generation = node->head.generation + 1;
	REPLACE(node->order.digest, xstrdup(fleet_node_head_digest(node)));
	REPLACE(node->order.url, xstrdup(""));
	store_order(node, now);
}

static void take_prepared(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now)
{
	if (reply->result != FLEET_OK) {
		fleet_node_end(node, FLEET_END_FAILED);
		return;
	}
	store_intent(node, reply->record, now);
}

/* Guarded by ownership and by the old value: a process that was asleep must not overwrite what its
 * successor has stored. */
static void act_store(struct fleet_node *node, struct fleet_time now, struct fleet_action *action)
{
	bool is_intent = !node->order.url[0];
	AUTO(secret) struct secret key = SECRET_INIT;

	begin_guarded(node, action);
	if (!PLANTED(is_intent ? PLANT_UNFENCED_INTENT : PLANT_UNFENCED_URL)) {
		compare_owner(node);
		compare_order(node);
	}
	if (!PLANTED(PLANT_KEY_NOT_KEPT)) {
		fleet_node_put(node, &node->order);
		return;
	}
	key = node->order.key;
	node->order.key = (struct secret)SECRET_INIT;
	fleet_node_put(node, &node->order);
	node->order.key = key;
	key = (struct secret)SECRET_INIT;
}

static void take_stored(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now)
{
	AUTO(fleet_record) struct fleet_record there = FLEET_RECORD_INIT;

	if (!fleet_node_is_answered(node, reply->answer, now))
		return;
	if (reply->answer->succeeded) {
		fleet_node_keep_put(node, FLEET_ORDER, &node->order_value);
	} else {
		if (!fleet_node_read(node, reply->answer, FLEET_ORDER, &there, &node->order_value))
			return;
		if (!str_eq_or_null(there.nonce, node->order.nonce)) {
			fleet_node_restart(node, now);
			return;
		}
	}
	if (node->order.url[0])
		fleet_node_go(node, NODE_LOOKING);
	else
		fleet_node_go_reserved(node, NODE_OPENING, now);
}

/* The CA has ended the order and says why. */
static void drop_order(struct fleet_node *node, const struct fleet_reply *reply)
{
	REPLACE(node->problem, xstrdup_or_null(reply->problem));
	fleet_node_go(node, NODE_DROPPING);
}

static void act_of_order(struct fleet_node *node, struct fleet_action *action,
			 enum fleet_action_kind kind)
{
	action->kind = kind;
	action->record = &node->order;
}

static void act_open(struct fleet_node *node, struct fleet_time now, struct fleet_action *action)
{
	act_of_order(node, action, FLEET_OPEN);
}

/* The next try is one order more, if the last one reached the CA. */
static void reserve_again(struct fleet_node *node)
{
	if (!node->limit.orders || node->state != NODE_OPENING || PLANTED(PLANT_UNCOUNTED_RETRY))
		return;
	node->open_tries = node->tries;
	node->after_reserve = NODE_OPENING;
	node->state = NODE_RESERVING;
}

static void take_opened(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now)
{
	/* Whatever the CA has answered may count as an order there. */
	if (reply->result != FLEET_REVISED)
		node->is_reserved = false;
	switch (reply->result) {
	case FLEET_OK:
		REPLACE(node->order.url, xstrdup(reply->url));
		if (PLANTED(PLANT_URL_NOT_STORED))
			fleet_node_go(node, NODE_LOOKING);
		else
			store_order(node, now);
		break;
	case FLEET_REPLACED:
		fleet_node_end(node, FLEET_END_REPLACED);
		break;
	case FLEET_INVALID:
		drop_order(node, reply);
		break;
	case FLEET_REVISED:
		store_intent(node, reply->record, now);
		break;
	case FLEET_UNCLEAR:
	case FLEET_PENDING:
	case FLEET_READY:
	case FLEET_PROCESSING:
	case FLEET_VALID:
		fleet_node_again(node, now, FLEET_END_UNSETTLED);
		reserve_again(node);
		break;
	}
}

static void act_look(struct fleet_node *node, struct fleet_time now, struct fleet_action *action)
{
	act_of_order(node, action, FLEET_LOOK);
}

/* Only the CA's word ends an order. If its answer is unclear, this machine or the next owner asks
 * again. */
static void take_looked(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now)
{
	if (++node->rounds > MAX_LOOKS) {
		fleet_node_end(node, FLEET_END_UNSETTLED);
		return;
	}
	switch (reply->result) {
	case FLEET_PENDING:
		fleet_node_go(node, NODE_VALIDATING);
		break;
	case FLEET_READY:
		fleet_node_go_leased(node, NODE_FINALIZING, now);
		break;
	case FLEET_PROCESSING:
		node->wait_until_ms = now.mono_ms + LOOK_AGAIN_MS;
		break;
	case FLEET_VALID:
		fleet_node_go(node, NODE_FETCHING);
		break;
	case FLEET_INVALID:
		drop_order(node, reply);
		break;
	case FLEET_OK:
	case FLEET_REPLACED:
	case FLEET_REVISED:
	case FLEET_UNCLEAR:
		if (PLANTED(PLANT_DROPS_UNCLEAR))
			fleet_node_go(node, NODE_DROPPING);
		else
			fleet_node_again(node, now, FLEET_END_UNSETTLED);
		break;
	}
}

static void act_validate(struct fleet_node *node, struct fleet_time now,
			 struct fleet_action *action)
{
	act_of_order(node, action, FLEET_VALIDATE);
}

static void act_finalize(struct fleet_node *node, struct fleet_time now,
			 struct fleet_action *action)
{
	act_of_order(node, action, FLEET_FINALIZE);
}

/* Whatever the result was, the status of the order decides how to go on. */
static void take_worked(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now)
{
	fleet_node_go(node, NODE_LOOKING);
}

static void act_fetch(struct fleet_node *node, struct fleet_time now, struct fleet_action *action)
{
	act_of_order(node, action, FLEET_FETCH);
}

static void take_fetched(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now)
{
	const struct secret *key = &node->order.key;

	if (reply->result != FLEET_OK) {
		fleet_node_again(node, now, FLEET_END_UNSETTLED);
		return;
	}
	fleet_record_move(&node->taken, reply->record);
	node->taken.kind = FLEET_GENERATION;
	node->taken.generation = node->order.generation;
	REPLACE(node->taken.digest, xstrdup(node->order.digest));
	secret_set(&node->taken.key, secret_peek(key), key->len);
	node->taken_is_ours = true;
	fleet_node_go(node, NODE_PUBLISHING);
}

/* Guarded by the head and the order, but not by ownership: the lease may be lost while only this
 * machine has the certificate. */
static void act_publish(struct fleet_node *node, struct fleet_time now, struct fleet_action *action)
{
	begin_guarded(node, action);
	if (!PLANTED(PLANT_PUBLISHES_BLINDLY))
		compare_head(node);
	if (PLANTED(PLANT_THROWS_AWAY))
		compare_owner(node);
	else if (!PLANTED(PLANT_URL_NOT_STORED) && !PLANTED(PLANT_PUBLISHES_BLINDLY))
		compare_order(node);
	fleet_node_put_publication(node);
	fleet_ask_delete(&node->ask, fleet_node_key(node, FLEET_ORDER, 0));
	fleet_ask_delete(&node->ask, fleet_node_key(node, FLEET_STATE, 0));
}

/* If the write was refused and our generation is there, either an earlier attempt or another owner
 * with the same order published it. If another one has moved the head, ours is of no use.
 * Otherwise, guard the next attempt by what is in the store now. */
static void take_refused(struct fleet_node *node, const struct fleet_answer *answer,
			 struct fleet_time now)
{
	AUTO_FREE char *digest = fleet_record_digest(node->taken.cert);
	AUTO(fleet_record) struct fleet_record order = FLEET_RECORD_INIT;

	if (!fleet_node_read(node, answer, FLEET_HEAD, &node->head, &node->head_value) ||
	    !fleet_node_read(node, answer, FLEET_ORDER, &order, &node->order_value))
		return;
	if (node->head.kind == FLEET_HEAD && node->head.generation >= node->taken.generation) {
		if (str_eq_or_null(node->head.digest, digest))
			fleet_node_go(node, NODE_TAKING);
		else
			fleet_node_end(node, FLEET_END_CURRENT);
		return;
	}
	fleet_node_again(node, now, FLEET_END_UNSETTLED);
}

static void take_published(struct fleet_node *node, struct fleet_reply *reply,
			   struct fleet_time now)
{
	const struct fleet_answer *answer = reply->answer;

	if (answer->outcome == FLEET_UNSURE && PLANTED(PLANT_UNSURE_IS_FAILED)) {
		fleet_node_go(node, NODE_DROPPING);
		return;
	}
	if (!fleet_node_is_answered(node, answer, now))
		return;
	if (answer->succeeded && PLANTED(PLANT_HEAD_BEFORE_GEN) && !node->half_done) {
		node->half_done = true;
		fleet_node_keep_put(node, FLEET_HEAD, &node->head_value);
		strbuf_clear(&node->order_value);
		return;
	}
	if (answer->succeeded)
		fleet_node_go(node, NODE_TAKING);
	else if (PLANTED(PLANT_THROWS_AWAY))
		fleet_node_go(node, NODE_DROPPING);
	else
		take_refused(node, answer, now);
}

static void act_drop(struct fleet_node *node, struct fleet_time now, struct fleet_action *action)
{
	AUTO(fleet_record) struct fleet_record state = FLEET_RECORD_INIT;
	uint64_t failures = node->past.failures;
	unsigned doublings = failures < MAX_DOUBLINGS ? (unsigned)failures : MAX_DOUBLINGS;

	state.kind = FLEET_STATE;
	state.failures = failures + 1;
	state.not_before = now.unix_s + (FIRST_BACKOFF_S << doublings);
	state.node = xstrdup(node->session->node);
	state.problem = xstrdup_or_null(node->problem);
	begin_guarded(node, action);
	if (!PLANTED(PLANT_THROWS_AWAY) && !PLANTED(PLANT_UNSURE_IS_FAILED)) {
		compare_owner(node);
		compare_order(node);
	}
	fleet_ask_delete(&node->ask, fleet_node_key(node, FLEET_ORDER, 0));
	fleet_node_put(node, &state);
}

/* If refused, another machine owns the lineage now, and goes on with it. */
static void take_dropped(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now)
{
	if (fleet_node_is_answered(node, reply->answer, now))
		fleet_node_end(node, FLEET_END_FAILED);
}

const struct node_row fleet_node_owning = {"taking ownership", act_own, take_own};
const struct node_row fleet_node_preparing = {"preparing", act_prepare, take_prepared};
const struct node_row fleet_node_storing = {"storing the order", act_store, take_stored};
const struct node_row fleet_node_opening = {"ordering", act_open, take_opened};
const struct node_row fleet_node_looking = {"asking about the order", act_look, take_looked};
const struct node_row fleet_node_validating = {"validating", act_validate, take_worked};
const struct node_row fleet_node_finalizing = {"finalizing", act_finalize, take_worked};
const struct node_row fleet_node_fetching = {"downloading", act_fetch, take_fetched};
const struct node_row fleet_node_publishing = {"publishing", act_publish, take_published};
const struct node_row fleet_node_dropping = {"giving up the order", act_drop, take_dropped};
