/*
 * States of an order from the challenges to their validation (RFC 8555 section 7.5). The order is
 * polled rather than each authorization; those are read when the order has failed, to find out
 * which failed and why, and when validation takes long.
 *
 * The answer to a challenge is not repeated blindly, because a CA refuses the second one. When the
 * first got no reply or was refused, the authorization shows what happened.
 */
#include "acme/order/order_steps.h"

#include "base/alloc.h"
#include "base/log.h"

enum {
	/* As Certbot: half an hour, with growing intervals. */
	VALIDATION_LIMIT_MS = 30 * 60 * 1000,
	MAX_POLLS = 45,
	/* How long the other names are waited for once the order has failed. */
	FAULTS_LIMIT_MS = 30 * 1000,
	MAX_ANSWER_TRIES = 3,
	/* After so long each poll is followed by a look at one of the authorizations. */
	LOOK_AFTER_MS = 5000,
};

/* Subjects of the calls while the order is waited for: the order, and the authorizations. */
enum {
	SUBJECT_ORDER,
	SUBJECT_FIRST_AUTHZ,
};

/* Subjects: each authorization has two calls, the answer to its challenge and the look at it. Both
 * calls of an authorization can be under way in the same state, and a reply carries nothing but its
 * subject to tell them apart. */
static size_t answer_subject(size_t index)
{
	return index * 2;
}

static size_t check_subject(size_t index)
{
	return index * 2 + 1;
}

static const struct acme_identifier *identifier_of(const struct acme_order *order,
						   const struct acme_authz *authz)
{
	return &order->identifiers.items[authz->identifier];
}

/* Notes those that were not put in place. An order with a challenge that could not be put in place
 * is not answered at all: the CA would fail it, and count that against the limit of failed
 * validations (at Let's Encrypt five per name and hour). */
static void take_present_errors(struct acme_order *order)
{
	for (size_t i = 0; i < order->authz_count; i++) {
		const struct acme_authz *authz = &order->authzs[i];
		const struct error *error;

		if (authz->valid)
			continue;
		error = &order->challenges[authz->challenge].present_error;
		if (error_is_set(error))
			acme_failures_add(&order->failures, identifier_of(order, authz),
					  error_code_name(error->code), error->text);
	}
}

/* The driver comes back when the plugin is done, which for DNS may be minutes later. The half hour
 * for the CA begins only then. */
int acme_order_present(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	if (!order->next++) {
		turn->action->kind = ACME_ACTION_PRESENT;
		turn->action->challenges = order->challenges;
		turn->action->challenge_count = order->challenge_count;
		return ACME_PROGRESS_END;
	}
	take_present_errors(order);
	if (order->failures.count)
		return acme_order_fail_challenges(order, err);
	acme_order_begin_phase(order, VALIDATION_LIMIT_MS);
	acme_order_enter(order, ACME_STATE_ANSWER);
	return ACME_PROGRESS_AGAIN;
}

static bool has_challenge(const struct acme_authz *authz)
{
	return !authz->valid;
}

/* RFC 8555 section 7.5.1: an empty object says "I am ready". Not repeatable, see above. */
static void start_answer(struct acme_order *order, size_t index)
{
	struct acme_authz *authz = &order->authzs[index];
	const struct acme_challenge *challenge = &order->challenges[authz->challenge];
	AUTO_FREE char *payload = order->flow->answer(challenge);
	const struct acme_order_post post = {
		.url = challenge->url,
		.payload = payload,
		.subject = answer_subject(index),
	};

	authz->tries++;
	acme_order_post(order, &post);
}

static void start_check(struct acme_order *order, size_t index)
{
	const struct acme_order_post post = {
		.url = order->authzs[index].url,
		.payload = "",
		.flags = ACME_CALL_REPEATABLE,
		.subject = check_subject(index),
	};

	acme_order_post(order, &post);
}

/* An authorization that is known to be broken dooms the order, and the CA would not say which one
 * it was: find out at once instead of polling. */
int acme_order_answer(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	int progress = acme_order_round(order, has_challenge, start_answer);

	if (progress != ACME_PROGRESS_END)
		return progress;
	acme_order_enter(order, order->broken ? ACME_STATE_FAULTS : ACME_STATE_VALIDATION);
	if (order->broken)
		acme_order_begin_phase(order, FAULTS_LIMIT_MS);
	return ACME_PROGRESS_AGAIN;
}

/* The first poll of the order waits as long as the slowest challenge wants. The CA can ask for a
 * different pause in the reply to each answer. Polling earlier than the latest of them could only
 * find "pending". */
static void note_retry_after(struct acme_order *order, const struct acme_reply *reply)
{
	int64_t at = acme_reply_retry_at(reply, order->now_ms);

	if (!at)
		at = order->now_ms + order->backoff_ms;
	if (at > order->phase_end_ms)
		at = order->phase_end_ms;
	if (at > order->next_poll_ms)
		order->next_poll_ms = at;
}

/* A refusal may mean that the CA is already validating (an earlier answer arrived after all), which
 * is success; or that the challenge is dead. The authorization tells. Rate limits are different:
 * nothing will be validated until they pass. */
static int answer_replied(struct acme_order *order, struct acme_answer *answer, size_t index,
			  struct error *err)
{
	struct acme_authz *authz = &order->authzs[index];

	error_release(&authz->refusal);
	if (answer->kind == ACME_ANSWER_OK) {
		note_retry_after(order, answer->reply);
		return ACME_PROGRESS_AGAIN;
	}
	if (answer->kind == ACME_ANSWER_FAILED)
		return acme_order_answer_error(order, answer, err);
	authz->lost = answer->kind == ACME_ANSWER_LOST;
	acme_problem_to_error(answer->reply, order->now_ms, NULL, &authz->refusal);
	if (authz->refusal.code == ERR_RATE_LIMITED) {
		error_move(err, &authz->refusal);
		return acme_order_wrap(order, err);
	}
	start_check(order, index);
	return ACME_PROGRESS_AGAIN;
}

/* The challenge still waits for our word: say it again, or give up. */
static int answer_missing(struct acme_order *order, size_t index, struct error *err)
{
	struct acme_authz *authz = &order->authzs[index];
	const char *type = authz->refusal.problem_type;

	if (authz->lost && authz->tries < MAX_ANSWER_TRIES) {
		start_answer(order, index);
		return ACME_PROGRESS_AGAIN;
	}
	if (authz->lost) {
		error_move(err, &authz->refusal);
		return acme_order_wrap(order, err);
	}
	acme_failures_add(&order->failures, identifier_of(order, authz), type ? type : "unknown",
			  authz->refusal.text);
	authz->settled = true;
	order->broken = true;
	return ACME_PROGRESS_AGAIN;
}

/* The answer arrived if the challenge is no longer pending. */
static int check_replied(struct acme_order *order, struct acme_answer *answer, size_t index,
			 struct error *err)
{
	AUTO(acme_authz_object) struct acme_authz_object object = {.json = NULL};
	const struct acme_authz *authz = &order->authzs[index];

	if (answer->kind != ACME_ANSWER_OK)
		return acme_order_answer_error(order, answer, err);
	if (acme_order_read_authorization(order, answer, &object, err) < 0)
		return acme_order_wrap(order, err);
	if (acme_authz_object_awaits(&object, order->challenges[authz->challenge].url))
		return answer_missing(order, index, err);
	if (object.status == ACME_AUTHZ_BROKEN)
		order->broken = true;
	return ACME_PROGRESS_AGAIN;
}

int acme_order_answer_answered(struct acme_order *order, struct acme_answer *answer,
			       struct error *err)
{
	size_t index = answer->subject / 2;

	return answer->subject == check_subject(index) ? check_replied(order, answer, index, err)
						       : answer_replied(order, answer, index, err);
}

int acme_order_validation(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	return acme_order_poll(order, turn, NULL);
}

/* Looks at the next authorization that was not valid from the start: a CA that keeps trying may
 * have written into its challenge what is wrong (RFC 8555 section 8.2). One at a time, in turn: a
 * poll of the order costs one request however many names it has, and this must not change that.
 * Names that cannot be reached show up within a few polls. */
static void look_at_next(struct acme_order *order)
{
	for (size_t i = 0; i < order->authz_count; i++) {
		size_t index = order->looked++ % order->authz_count;
		const struct acme_order_post post = {
			.url = order->authzs[index].url,
			.payload = "",
			.flags = ACME_CALL_REPEATABLE,
			.subject = SUBJECT_FIRST_AUTHZ + index,
		};

		if (order->authzs[index].valid)
			continue;
		acme_order_post(order, &post);
		return;
	}
}

/* Some CAs retry a validation for minutes (RFC 8555 section 8.2) and write the reason of the last
 * attempt into the challenge. What is found is shown as the order's state, so that somebody who
 * watches can mend it in time. */
void acme_order_note_complaint(struct acme_order *order, const struct acme_authz_object *object)
{
	AUTO(acme_failures) struct acme_failures found = {.items = NULL};
	const struct acme_identifier *identifier = &order->identifiers.items[object->identifier];

	if (object->status != ACME_AUTHZ_PENDING || !acme_authz_object_problem(object))
		return;
	acme_authz_object_failure(object, identifier, &found);
	REPLACE(order->complaint,
		xasprintf("it says of %s: %s", identifier->value, found.items[0].detail));
	log_debug("the CA is still trying: %s", order->complaint);
}

/* An authorization that cannot be read does not matter: the order tells how it ends. */
static int look_replied(struct acme_order *order, struct acme_answer *answer)
{
	AUTO(acme_authz_object) struct acme_authz_object object = {.json = NULL};
	AUTO(error) struct error ignored = ERROR_INIT;

	if (answer->kind == ACME_ANSWER_OK &&
	    acme_order_read_authorization(order, answer, &object, &ignored) == 0)
		acme_order_note_complaint(order, &object);
	return ACME_PROGRESS_AGAIN;
}

/* Stops waiting, for the reason in `err`; the challenges may tell a better one. What the
 * authorizations say is more useful than "the CA did not finish", so they are read before the error
 * is reported. */
static int give_up(struct acme_order *order, struct error *err)
{
	acme_order_wrap(order, err);
	error_move(&order->invalid, err);
	order->gave_up = true;
	acme_order_enter(order, ACME_STATE_FAULTS);
	acme_order_begin_phase(order, FAULTS_LIMIT_MS);
	return ACME_PROGRESS_AGAIN;
}

/* Two limits, as in Certbot: a number of polls for CAs that answer at once, and the half hour for
 * those that name long pauses. */
static int still_pending(struct acme_order *order, const struct acme_reply *reply,
			 struct error *err)
{
	if (order->polls >= MAX_POLLS) {
		error_set(err, ERR_BUSY, "the CA has not validated the names yet");
		return give_up(order, err);
	}
	if (acme_order_plan_poll(order, reply, err) < 0)
		return give_up(order, err);
	if (order->now_ms >= order->phase_end_ms - VALIDATION_LIMIT_MS + LOOK_AFTER_MS)
		look_at_next(order);
	return ACME_PROGRESS_AGAIN;
}

int acme_order_validation_answered(struct acme_order *order, struct acme_answer *answer,
				   struct error *err)
{
	AUTO(acme_order_object) struct acme_order_object object = {.json = NULL};

	if (answer->subject != SUBJECT_ORDER)
		return look_replied(order, answer);
	if (answer->kind != ACME_ANSWER_OK)
		return acme_order_answer_error(order, answer, err);
	if (acme_order_object_read(answer, &object, err) < 0)
		return acme_order_wrap(order, err);
	switch (object.status) {
	case ACME_ORDER_PENDING:
		return still_pending(order, answer->reply, err);
	case ACME_ORDER_READY:
		acme_order_enter(order, ACME_STATE_FINALIZE);
		return ACME_PROGRESS_AGAIN;
	case ACME_ORDER_INVALID:
		order->is_dead = true;
		acme_order_object_error(&object, NULL, &order->invalid);
		acme_order_enter(order, ACME_STATE_FAULTS);
		acme_order_begin_phase(order, FAULTS_LIMIT_MS);
		return ACME_PROGRESS_AGAIN;
	case ACME_ORDER_PROCESSING:
	case ACME_ORDER_VALID:
		break;
	}
	/* We have not sent the CSR, so the certificate has somebody else's key: of no use here. */
	error_set(err, ERR_PROTOCOL, "another client finalized it");
	return acme_order_wrap(order, err);
}

static bool is_unsettled(const struct acme_authz *authz)
{
	return !authz->valid && !authz->settled;
}

static bool any_unsettled(const struct acme_order *order)
{
	for (size_t i = 0; i < order->authz_count; i++)
		if (is_unsettled(&order->authzs[i]))
			return true;
	return false;
}

/* No authorization tells why, so what the order itself says is all there is. */
static int end_of_faults(struct acme_order *order, struct error *err)
{
	if (!order->failures.count && error_is_set(&order->invalid))
		return error_move(err, &order->invalid);
	acme_order_fail_challenges(order, err);
	err->retry_at = order->invalid.retry_at;
	return err->code;
}

/* Reads the authorizations, again and again while the CA is still at work on some of them. The
 * first name that fails makes the order invalid, while others are still being validated. Waiting a
 * little for them means that a run with three mistakes reports three, and the user does not find
 * them one by one. */
int acme_order_faults(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	bool between_rounds = !order->next && order->polls;
	int progress;

	if (between_rounds && order->next_poll_ms > turn->now_ms) {
		if (turn->wait_until_ms > order->next_poll_ms)
			turn->wait_until_ms = order->next_poll_ms;
		return ACME_PROGRESS_IDLE;
	}
	progress = acme_order_round(order, is_unsettled, acme_order_start_fetch);
	if (progress != ACME_PROGRESS_END)
		return progress;
	if (!any_unsettled(order) || order->now_ms >= order->phase_end_ms)
		return end_of_faults(order, err);
	order->polls++;
	order->next = 0;
	return ACME_PROGRESS_AGAIN;
}

/* The faults of an authorization that cannot be read stay unknown: the error to report is that of
 * the order. */
int acme_order_faults_answered(struct acme_order *order, struct acme_answer *answer,
			       struct error *err)
{
	AUTO(acme_authz_object) struct acme_authz_object object = {.json = NULL};
	struct acme_authz *authz = &order->authzs[answer->subject];
	AUTO(error) struct error reason = ERROR_INIT;

	if (answer->kind != ACME_ANSWER_OK)
		acme_answer_to_error(answer, "read an authorization", NULL, &reason);
	else if (acme_order_read_authorization(order, answer, &object, &reason) == 0 &&
		 /* After a timeout all that are pending would stay so: there is no point in waiting
		  * for them. */
		 object.status == ACME_AUTHZ_PENDING && !order->gave_up &&
		 acme_order_plan_poll(order, answer->reply, &reason) == 0)
		return ACME_PROGRESS_AGAIN;
	if (error_is_set(&reason))
		log_debug("%s", reason.text);
	else if (object.status == ACME_AUTHZ_BROKEN || acme_authz_object_problem(&object))
		acme_authz_object_failure(&object, identifier_of(order, authz), &order->failures);
	authz->settled = true;
	return ACME_PROGRESS_AGAIN;
}
