/*
 * States of an order up to the challenges (RFC 8555 section 7.4): newOrder, and the authorizations
 * that it names.
 *
 * A newOrder whose reply was lost is sent again, because there is no way to look the order up. Most
 * CAs then return the pending order for the same names; on the others an unused order expires. If
 * the CA rejects the second one as a duplicate replacement (RFC 9773), it is sent without
 * "replaces".
 */
#include "acme/order/order_steps.h"

#include "acme/pace.h"
#include "acme/server_parts.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "codec/json.h"
#include "codec/url.h"

/* RFC 8738 for addresses: type "ip", and no wildcards. */
static struct json *list_identifiers(const struct acme_identifiers *identifiers)
{
	struct json *list = json_array_new();

	for (size_t i = 0; i < identifiers->count; i++) {
		const struct acme_identifier *identifier = &identifiers->items[i];
		struct json *object = json_object_new();

		json_set_string(object, "type",
				identifier->kind == ACME_IDENTIFIER_IP ? "ip" : "dns");
		json_set_string(object, "value", identifier->value);
		json_push(list, object);
	}
	return list;
}

/* Waits for its turn. */
static bool may_create(const struct acme_order *order, struct acme_turn *turn)
{
	struct acme_server *server = order->calls.server;
	int64_t at;

	if (acme_pace_may_order(&server->pace, order, turn->now_ms, &at))
		return true;
	/* At a CA whose distance is not known yet the spacing may still change, so the first reply
	 * that tells it wakes this order as well. */
	turn->parking = (struct acme_parking){
		.server = server,
		.for_order = true,
		.for_distance = !acme_pace_knows_distance(&server->pace),
	};
	if (turn->wait_until_ms > at)
		turn->wait_until_ms = at;
	return false;
}

/* Starts newOrder. */
int acme_order_create(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	AUTO(json) struct json *payload = NULL;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct acme_order_post post = {
		.url = order->calls.server->directory.urls[ACME_NEW_ORDER],
		.flags = ACME_CALL_REPEATABLE,
	};

	/* A newOrder that is waiting to be tried again must not keep the others from ordering
	 * meanwhile. */
	if (acme_calls_pausing(&order->calls))
		acme_order_end_ordering(order);
	if (order->next || !may_create(order, turn))
		return ACME_PROGRESS_IDLE;
	order->next++;
	payload = json_object_new();
	json_set(payload, "identifiers", list_identifiers(&order->identifiers));
	if (order->profile && acme_server_offers_profile(order->calls.server, order->profile))
		json_set_string(payload, "profile", order->profile);
	if (order->replaces) {
		json_set_string(payload, "replaces", order->replaces);
		/* Without the flag a 500 would count as a lost reply and the same order would be
		 * sent again, with the same result. */
		post.flags |= ACME_CALL_REFUSED_BY_500;
	}
	json_print(payload, JSON_COMPACT, &text);
	post.payload = text.text;
	acme_order_post(order, &post);
	return ACME_PROGRESS_AGAIN;
}

/* May it be "replaces" that the CA does not like? Servers refuse it with all kinds of problems
 * (Pebble 2.10 by HTTP status 500 when the serial number begins with a zero byte), and the order is
 * worth more than the hint: whatever the refusal, one more try is made without it. */
static bool may_be_replaces(const struct acme_order *order, const struct acme_answer *answer,
			    const struct error *error)
{
	if (order->flags & ACME_ORDER_CONFIRMED &&
	    str_eq_or_null(error->problem_type, "alreadyReplaced"))
		return false;
	return order->replaces && answer->kind != ACME_ANSWER_FAILED &&
	       !error_is_set(&answer->reply->transport) && error->code != ERR_RATE_LIMITED;
}

/* An account that the CA has deactivated can still be on this disk. The CA only says
 * "unauthorized", which tells nobody what to do. */
static int create_refused(struct acme_order *order, struct acme_answer *answer, struct error *err)
{
	AUTO(error) struct error refusal = ERROR_INIT;

	acme_order_answer_error(order, answer, &refusal);
	if (may_be_replaces(order, answer, &refusal)) {
		log_debug("ordering without 'replaces': %s", refusal.text);
		acme_failures_release(&order->failures);
		REPLACE(order->replaces, NULL);
		order->next = 0;
		return ACME_PROGRESS_AGAIN;
	}
	order->is_dead = answer->kind == ACME_ANSWER_REFUSED && answer->reply->status < 500;
	if (str_eq_or_null(refusal.problem_type, "unauthorized"))
		error_hint(&refusal, "the account may have been deactivated: register a new one");
	return error_move(err, &refusal);
}

static void take_authorizations(struct acme_order *order, const struct strvec *urls)
{
	order->authzs = xcalloc(urls->count, sizeof(*order->authzs));
	order->authz_count = urls->count;
	for (size_t i = 0; i < urls->count; i++)
		order->authzs[i].url = xstrdup(urls->items[i]);
}

/* Reads what is needed to go on with an order: its authorizations, and where the CSR goes. */
static int take_parts(struct acme_order *order, const struct acme_order_object *object,
		      struct error *err)
{
	AUTO(strvec) struct strvec urls = STRVEC_INIT;

	if (acme_order_object_authorizations(object, &urls, err) < 0 ||
	    acme_order_object_url(object, "finalize", &order->finalize_url, err) < 0)
		return err->code;
	take_authorizations(order, &urls);
	return 0;
}

/* The Location is the only way back to the order. "ready" without challenges is usual where all
 * authorizations are still valid. */
static int take_order(struct acme_order *order, struct acme_answer *answer, bool *ret_ready,
		      struct error *err)
{
	AUTO(acme_order_object) struct acme_order_object object = {.json = NULL};
	const char *location = headers_get(&answer->reply->headers, "Location");

	if (!location)
		return error_set(err, ERR_PROTOCOL, "the reply has no Location");
	if (url_check_https(location, "Location", err) < 0)
		return error_recode(err, ERR_PROTOCOL);
	if (acme_order_object_read(answer, &object, err) < 0)
		return err->code;
	if (object.status == ACME_ORDER_INVALID)
		return acme_order_object_error(&object, &order->failures, err);
	if (object.status == ACME_ORDER_PROCESSING || object.status == ACME_ORDER_VALID)
		return error_set(err, ERR_PROTOCOL, "another client finalized the new order");
	if (take_parts(order, &object, err) < 0)
		return err->code;
	order->url = xstrdup(location);
	*ret_ready = object.status == ACME_ORDER_READY;
	return 0;
}

int acme_order_create_answered(struct acme_order *order, struct acme_answer *answer,
			       struct error *err)
{
	/* --dry-run is meant to test the challenges. A CA that still knows the names as valid would
	 * let the order pass without one, so such authorizations are looked for even in an order
	 * that is ready. */
	bool look_for_valid = (order->flags & ACME_ORDER_FRESH_AUTHZ) && !order->refreshed;
	bool ready = false;

	if (answer->kind != ACME_ANSWER_OK)
		return create_refused(order, answer, err);
	if (take_order(order, answer, &ready, err) < 0)
		return acme_order_wrap(order, err);
	order->is_ready = ready && !look_for_valid;
	acme_order_enter(order, ACME_STATE_OPENED);
	return ACME_PROGRESS_AGAIN;
}

bool acme_order_asks_owner(struct acme_order *order, struct acme_turn *turn, bool finalizes)
{
	if (!(order->flags & ACME_ORDER_CONFIRMED))
		return false;
	order->is_confirmed = !order->is_confirmed;
	if (!order->is_confirmed)
		return false;
	turn->action->kind = ACME_ACTION_CONFIRM;
	turn->action->order_url = order->url;
	turn->action->finalizes = finalizes;
	return true;
}

int acme_order_opened(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	if (acme_order_asks_owner(order, turn, false))
		return ACME_PROGRESS_END;
	acme_order_enter(order, order->is_ready ? ACME_STATE_FINALIZE : ACME_STATE_AUTHORIZATIONS);
	return ACME_PROGRESS_AGAIN;
}

int acme_order_resume(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	const struct acme_order_post post = {
		.url = order->resumes,
		.payload = "",
		.flags = ACME_CALL_REPEATABLE,
	};

	if (order->next++)
		return ACME_PROGRESS_IDLE;
	acme_order_post(order, &post);
	return ACME_PROGRESS_AGAIN;
}

/* An order that is being issued, or has been, is followed like one whose finalize got no reply. */
static void follow_finalized(struct acme_order *order)
{
	order->finalize_tries = 1;
	order->finalize_again = true;
	acme_order_begin_phase(order, order->issuance_timeout_ms);
	acme_order_enter(order, ACME_STATE_ISSUANCE);
}

/* CAs forget orders that have expired: then they are as good as invalid. */
int acme_order_resume_answered(struct acme_order *order, struct acme_answer *answer,
			       struct error *err)
{
	AUTO(acme_order_object) struct acme_order_object object = {.json = NULL};

	if (answer->kind != ACME_ANSWER_OK) {
		order->is_dead = answer->kind == ACME_ANSWER_REFUSED &&
				 (answer->reply->status == 404 || answer->reply->status == 410);
		return acme_order_answer_error(order, answer, err);
	}
	if (acme_order_object_read(answer, &object, err) < 0)
		return acme_order_wrap(order, err);
	if (object.status == ACME_ORDER_INVALID) {
		order->is_dead = true;
		return acme_order_object_error(&object, &order->failures, err);
	}
	if (object.status != ACME_ORDER_VALID && take_parts(order, &object, err) < 0)
		return acme_order_wrap(order, err);
	order->url = xstrdup(order->resumes);
	if (object.status == ACME_ORDER_PENDING)
		acme_order_enter(order, ACME_STATE_AUTHORIZATIONS);
	else if (object.status == ACME_ORDER_READY)
		acme_order_enter(order, ACME_STATE_FINALIZE);
	else
		follow_finalized(order);
	return ACME_PROGRESS_AGAIN;
}

int acme_order_read_authorization(const struct acme_order *order, const struct acme_answer *answer,
				  struct acme_authz_object *ret_object, struct error *err)
{
	return acme_authz_object_read(answer, &order->identifiers, order->flow->authz_status,
				      ret_object, err);
}

struct acme_challenge_context acme_order_challenge_context(const struct acme_order *order,
							   size_t identifier)
{
	struct acme_server *server = order->calls.server;

	return (struct acme_challenge_context){
		.account_url = server->account_url,
		.thumbprint = acme_server_thumbprint(server),
		.account_hash_prefix = server->directory.meta.account_hash_prefix,
		.identifier = &order->identifiers.items[identifier],
	};
}

/* A broken authorization in a new order does not end it at once: all others are read first, so that
 * one run reports every name that fails. */
bool acme_order_note_status(struct acme_order *order, struct acme_authz *authz,
			    const struct acme_authz_object *object)
{
	switch (object->status) {
	case ACME_AUTHZ_VALID:
		authz->valid = true;
		break;
	case ACME_AUTHZ_BROKEN:
		order->is_dead = true;
		acme_authz_object_failure(object, &order->identifiers.items[object->identifier],
					  &order->failures);
		break;
	case ACME_AUTHZ_PENDING:
		authz->pending = true;
		break;
	}
	return object->status == ACME_AUTHZ_PENDING;
}

static int take_authorization(struct acme_order *order, struct acme_answer *answer,
			      struct error *err)
{
	AUTO(acme_authz_object) struct acme_authz_object object = {.json = NULL};
	struct acme_authz *authz = &order->authzs[answer->subject];
	struct acme_challenge_context context;

	if (acme_order_read_authorization(order, answer, &object, err) < 0)
		return err->code;
	authz->identifier = object.identifier;
	if (!acme_order_note_status(order, authz, &object))
		return 0;
	context = acme_order_challenge_context(order, object.identifier);
	return acme_authz_object_choose(&object, &order->preference, &context, &authz->offer, err);
}

/* The error is about the user's choice of challenges, not about what the CA sent: nothing in front
 * of it. The others are read, too, because none is to be left pending. */
static void note_misfit(struct acme_order *order, struct error *err)
{
	if (error_is_set(&order->invalid))
		error_release(err);
	else
		error_move(&order->invalid, err);
}

int acme_order_after_reading(struct acme_order *order, struct error *err)
{
	if (error_is_set(err) && err->code != ERR_CONFIG)
		return acme_order_wrap(order, err);
	if (error_is_set(err))
		note_misfit(order, err);
	return ACME_PROGRESS_AGAIN;
}

int acme_order_authorizations_answered(struct acme_order *order, struct acme_answer *answer,
				       struct error *err)
{
	if (answer->kind != ACME_ANSWER_OK)
		return acme_order_answer_error(order, answer, err);
	(void)!take_authorization(order, answer, err);
	return acme_order_after_reading(order, err);
}

/* Lines the chosen challenges up in the order of the names, whatever order the CA has. Hooks, menus
 * and --debug-challenges go by the order in which the user wrote the names. */
static void line_up_challenges(struct acme_order *order)
{
	order->challenges = xcalloc(order->authz_count, sizeof(*order->challenges));
	for (size_t name = 0; name < order->identifiers.count; name++) {
		for (size_t i = 0; i < order->authz_count; i++) {
			struct acme_authz *authz = &order->authzs[i];

			if (authz->valid || authz->identifier != name)
				continue;
			authz->challenge = order->challenge_count;
			order->challenges[order->challenge_count++] = authz->offer;
			authz->offer = (struct acme_challenge){.token = NULL};
		}
	}
}

static bool is_valid(const struct acme_authz *authz)
{
	return authz->valid;
}

static bool any_valid(const struct acme_order *order)
{
	for (size_t i = 0; i < order->authz_count; i++)
		if (is_valid(&order->authzs[i]))
			return true;
	return false;
}

int acme_order_authorized(struct acme_order *order, struct error *err)
{
	if (error_is_set(&order->invalid)) {
		acme_order_enter(order, ACME_STATE_WITHDRAW);
		return ACME_PROGRESS_AGAIN;
	}
	if (order->failures.count)
		return acme_order_fail_challenges(order, err);
	if ((order->flags & ACME_ORDER_FRESH_AUTHZ) && !order->refreshed && any_valid(order)) {
		acme_order_enter(order, ACME_STATE_REFRESH);
		return ACME_PROGRESS_AGAIN;
	}
	line_up_challenges(order);
	if (order->challenge_count) {
		acme_order_enter(order, ACME_STATE_PRESENT);
	} else {
		/* There is nothing to present, yet the order is polled once before finalize: its
		 * status must be "ready" (RFC 8555 section 7.4), and some CAs get there a moment
		 * after the last authorization. */
		acme_order_begin_phase(order, order->issuance_timeout_ms);
		acme_order_enter(order, ACME_STATE_VALIDATION);
	}
	return ACME_PROGRESS_AGAIN;
}

int acme_order_authorizations(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	int progress = acme_order_round(order, NULL, acme_order_start_fetch);

	return progress == ACME_PROGRESS_END ? acme_order_authorized(order, err) : progress;
}

int acme_order_refresh(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	int progress = acme_order_round(order, is_valid, acme_order_start_deactivation);

	if (progress != ACME_PROGRESS_END)
		return progress;
	acme_order_forget(order);
	order->refreshed = true;
	acme_order_enter(order, ACME_STATE_NEW);
	return ACME_PROGRESS_AGAIN;
}
