/*
 * What all states of an order share: the change from one to the next, the calls of a state with
 * their time limits, the pauses between polls, and errors that say what was being done. What a
 * state does is none of its business: it gets that from the rows.
 */
#include "acme/order/order_state.h"

#include <string.h>

#include "acme/pace.h"
#include "acme/server_parts.h"
#include "base/alloc.h"
#include "base/log.h"

const struct acme_order_row *acme_order_row(const struct acme_order *order)
{
	return &order->flow->rows[order->state];
}

/* The turn to order is held by address. An order that fails or is freed while it holds the turn has
 * to give it back, or at a CA that takes one newOrder at a time all others would wait for one that
 * no longer exists. */
void acme_order_end_ordering(struct acme_order *order)
{
	acme_pace_end_order(&order->calls.server->pace, order);
}

/* Forgets what belongs to one order of the CA. A dry run that found valid authorizations orders a
 * second time; the URLs of the first order must not be mixed with those of the second. What the
 * request itself says (names, CSR, profile) stays. */
void acme_order_forget(struct acme_order *order)
{
	for (size_t i = 0; i < order->authz_count; i++) {
		free(order->authzs[i].url);
		acme_challenge_release(&order->authzs[i].offer);
		error_release(&order->authzs[i].refusal);
	}
	for (size_t i = 0; i < order->challenge_count; i++)
		acme_challenge_release(&order->challenges[i]);
	REPLACE(order->authzs, NULL);
	order->authz_count = 0;
	REPLACE(order->challenges, NULL);
	order->challenge_count = 0;
	REPLACE(order->url, NULL);
	REPLACE(order->finalize_url, NULL);
}

void acme_order_enter(struct acme_order *order, enum acme_order_state state)
{
	log_debug("order of %s%s: %s -> %s", order->identifiers.items[0].value,
		  order->identifiers.count > 1 ? " and others" : "", acme_order_row(order)->name,
		  order->flow->rows[state].name);
	acme_order_end_ordering(order);
	order->state = state;
	order->next = 0;
	order->calls.backlog = 0;
	/* A CA's work on the challenges takes longest: all orders get there first. */
	order->calls.yields = state >= ACME_STATE_VALIDATION;
}

/* Which pauses fit depends on what the CA is doing: validation needs it to connect to us, issuance
 * is work of its own. See docs/acme-pace.md. */
static enum acme_poll polled_for(const struct acme_order *order)
{
	return order->finalize_tries ? ACME_POLL_ISSUANCE : ACME_POLL_VALIDATION;
}

void acme_order_begin_phase(struct acme_order *order, int64_t limit_ms)
{
	order->phase_end_ms = order->now_ms + limit_ms;
	order->backoff_ms = acme_pace_first_poll_ms(&order->calls.server->pace, polled_for(order),
						    order->calls.round_trip_ms);
	order->next_poll_ms = order->now_ms + order->backoff_ms;
	order->polls = 0;
}

int acme_order_wrap(const struct acme_order *order, struct error *err)
{
	return error_wrap(err, "cannot %s", acme_order_row(order)->doing);
}

int acme_order_answer_error(struct acme_order *order, struct acme_answer *answer, struct error *err)
{
	return acme_answer_to_error(answer, acme_order_row(order)->doing, &order->failures, err);
}

/* Authorizations are read in the order of the CA's list and their replies overtake each other.
 * Sorted by the names on the command line, the report is the same for each run and can be compared.
 * The sort keeps several failures of one name together. */
int acme_order_fail_challenges(struct acme_order *order, struct error *err)
{
	struct acme_failure *items = order->failures.items;
	size_t sorted = 0;

	for (size_t name = 0; name < order->identifiers.count; name++) {
		for (size_t i = sorted; i < order->failures.count; i++) {
			struct acme_failure failure = items[i];

			if (strcmp(failure.identifier.value,
				   order->identifiers.items[name].value) != 0)
				continue;
			items[i] = items[sorted];
			items[sorted++] = failure;
		}
	}
	return error_set(err, ERR_CHALLENGE, "some challenges have failed");
}

/* Two limits apply, and the earlier one counts: that of the phase, and --issuance-timeout for a
 * single request, so that one lost connection does not use up the half hour that a validation may
 * take. */
void acme_order_post(struct acme_order *order, const struct acme_order_post *post)
{
	struct acme_call_spec spec = {
		.method = ACME_POST,
		.url = post->url,
		.payload = post->payload,
		.accept = post->accept,
		.chain_start = post->chain_start,
		.flags = post->flags,
		.subject = post->subject,
		.give_up_ms = order->now_ms + order->issuance_timeout_ms,
	};

	if (spec.give_up_ms > order->phase_end_ms)
		spec.give_up_ms = order->phase_end_ms;
	acme_calls_start(&order->calls, &spec);
}

void acme_order_start_fetch(struct acme_order *order, size_t index)
{
	const struct acme_order_post post = {
		.url = order->authzs[index].url,
		.payload = "",
		.flags = ACME_CALL_REPEATABLE,
		.subject = index,
	};

	acme_order_post(order, &post);
}

/* The backlog tells call.c how many requests are going to follow, which decides whether another
 * newNonce pays. */
int acme_order_round(struct acme_order *order, bool (*wanted)(const struct acme_authz *authz),
		     void (*start)(struct acme_order *order, size_t index))
{
	while (order->next < order->authz_count && acme_calls_have_room(&order->calls)) {
		size_t index = order->next++;

		order->calls.backlog = order->authz_count - order->next;
		if (wanted && !wanted(&order->authzs[index]))
			continue;
		start(order, index);
		return ACME_PROGRESS_AGAIN;
	}
	if (order->next < order->authz_count || acme_calls_busy(&order->calls))
		return ACME_PROGRESS_IDLE;
	return ACME_PROGRESS_END;
}

int acme_order_poll(struct acme_order *order, struct acme_turn *turn, const char *accept)
{
	const struct acme_order_post post = {
		.url = order->url,
		.payload = "",
		.accept = accept,
		.flags = ACME_CALL_REPEATABLE,
	};

	if (acme_calls_busy(&order->calls))
		return ACME_PROGRESS_IDLE;
	if (order->next_poll_ms > turn->now_ms) {
		if (turn->wait_until_ms > order->next_poll_ms)
			turn->wait_until_ms = order->next_poll_ms;
		return ACME_PROGRESS_IDLE;
	}
	order->polls++;
	acme_order_post(order, &post);
	return ACME_PROGRESS_AGAIN;
}

/* A CA that names a time beyond our limit is not polled until then in vain: the error carries the
 * time, and `renew` remembers it for the next run. */
int acme_order_plan_poll(struct acme_order *order, const struct acme_reply *reply,
			 struct error *err)
{
	int64_t retry_at = acme_reply_retry_at(reply, order->now_ms);

	if (retry_at > order->phase_end_ms) {
		error_set(err, ERR_RATE_LIMITED, "the CA asks to come back in %lld seconds",
			  (long long)(retry_at - order->now_ms) / 1000);
		err->retry_at = retry_at / 1000;
		return err->code;
	}
	if (order->now_ms >= order->phase_end_ms)
		return error_set(err, ERR_BUSY, "the CA is still processing the order");
	/* A CA that says when to come back knows better than any schedule of ours (RFC 8555 section
	 * 7.5.1); the backoff stays where it was for the reply that has no header. */
	if (retry_at > order->now_ms) {
		order->next_poll_ms = retry_at;
		return 0;
	}
	order->backoff_ms = acme_pace_next_poll_ms(&order->calls.server->pace, polled_for(order),
						   order->polls, order->backoff_ms,
						   order->now_ms - order->next_poll_ms);
	order->next_poll_ms = order->now_ms + order->backoff_ms;
	if (order->next_poll_ms > order->phase_end_ms)
		order->next_poll_ms = order->phase_end_ms;
	return 0;
}
