/*
 * The order machine (see order.h): what the states share, and the states up to the challenges. Each
 * state has one function that advances as far as it can and one that processes an answer.
 *
 * A newOrder whose reply was lost is sent again, because there is no way to look the order up. Most
 * CAs then return the pending order for the same names; on the others an unused order expires. If
 * the CA rejects the second one as a duplicate replacement (RFC 9773), it is sent without
 * "replaces".
 */
#include "acme/order.h"

#include <string.h>

#include "acme/order_steps.h"
#include "acme/pace.h"
#include "acme/server_parts.h"
#include "acme/v1/order.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "codec/json.h"
#include "codec/url.h"

static int read_directory(struct acme_order *order, struct acme_turn *turn, struct error *err);
static int create_order(struct acme_order *order, struct acme_turn *turn, struct error *err);
static int create_answered(struct acme_order *order, struct acme_answer *answer, struct error *err);
static int authorizations(struct acme_order *order, struct acme_turn *turn, struct error *err);
static int authorizations_answered(struct acme_order *order, struct acme_answer *answer,
				   struct error *err);

static const struct acme_order_row rows[] = {
	[ACME_STATE_DIRECTORY] = {"reading the directory", "order a certificate", read_directory,
				  NULL},
	[ACME_STATE_NEW] = {"ordering", "order a certificate", create_order, create_answered},
	[ACME_STATE_AUTHORIZATIONS] = {"reading authorizations", "read an authorization",
				       authorizations, authorizations_answered},
	[ACME_STATE_REFRESH] = {"deactivating old authorizations", "deactivate an authorization",
				acme_order_refresh, acme_order_deactivation_answered},
	[ACME_STATE_WITHDRAW] = {"giving the order up", "deactivate an authorization",
				 acme_order_withdraw, acme_order_deactivation_answered},
	[ACME_STATE_PRESENT] = {"presenting challenges", "present challenges", acme_order_present,
				NULL},
	[ACME_STATE_ANSWER] = {"answering challenges", "answer a challenge", acme_order_answer,
			       acme_order_answer_answered},
	[ACME_STATE_VALIDATION] = {"waiting for validation", "follow the order",
				   acme_order_validation, acme_order_validation_answered},
	[ACME_STATE_FAULTS] = {"finding out what failed", "read an authorization",
			       acme_order_faults, acme_order_faults_answered},
	[ACME_STATE_FINALIZE] = {"finalizing", "finalize the order", acme_order_finalize,
				 acme_order_finalize_answered},
	[ACME_STATE_ISSUANCE] = {"waiting for the certificate", "get the certificate",
				 acme_order_issuance, acme_order_issuance_answered},
	[ACME_STATE_DOWNLOAD] = {"downloading the certificate", "download the certificate",
				 acme_order_download, acme_order_download_answered},
	[ACME_STATE_ALTERNATES] = {"looking at alternate chains", "download a chain",
				   acme_order_alternates, acme_order_alternates_answered},
	[ACME_STATE_DEACTIVATE] = {"deactivating authorizations", "deactivate an authorization",
				   acme_order_deactivate, acme_order_deactivation_answered},
	[ACME_STATE_DONE] = {"done", "go on", acme_order_done, NULL},
	[ACME_STATE_FAILED] = {"failed", "go on", NULL, NULL},
};
/* The order of the states is the order of the protocol: acme_order_validated() and the rule that
 * late states yield their nonces compare them by number. */
STATIC_ASSERT(ARRAY_LEN(rows) == ACME_STATE__COUNT, "every state has a row");

/* The answer to a challenge has no contents (RFC 8555 section 7.5.1). */
static char *answer_challenge(const struct acme_challenge *challenge)
{
	return xstrdup("{}");
}

static const struct acme_order_flow flow = {
	.rows = rows,
	.answer = answer_challenge,
	.deactivation = "{\"status\":\"deactivated\"}",
};

static const struct acme_order_row *row_of(const struct acme_order *order)
{
	return &order->flow->rows[order->state];
}

int acme_order_new(struct acme_order **ret_order, struct acme_server *server,
		   const struct acme_order_request *request, struct error *err)
{
	struct acme_order *order;

	if (!request->identifiers->count)
		return error_set(err, ERR_USAGE, "cannot order a certificate: no names");
	order = XNEW(struct acme_order);
	order->flow = &flow;
	acme_calls_init(&order->calls, server);
	acme_identifiers_copy(&order->identifiers, request->identifiers);
	strbuf_init(&order->csr_der);
	strbuf_add(&order->csr_der, request->csr_der, request->csr_der_len);
	for (size_t i = 0; i < request->preference_count && i < ACME_CHALLENGE_TYPE__COUNT; i++)
		order->preference.types[order->preference.count++] = request->preference[i];
	order->profile = xstrdup_or_null(request->profile);
	order->replaces = xstrdup_or_null(request->replaces);
	order->preferred_chain = xstrdup_or_null(request->preferred_chain);
	order->issuance_timeout_ms = request->issuance_timeout_ms;
	order->flags = request->flags;
	strvec_init(&order->alternates);
	strbuf_init(&order->chain_start);
	cert_chain_init(&order->chain);
	*ret_order = order;
	return 0;
}

/* Forgets what belongs to one order of the CA. A dry run that found valid authorizations orders a
 * second time; the URLs of the first order must not be mixed with those of the second. What the
 * request itself says (names, CSR, profile) stays. */
static void forget_order(struct acme_order *order)
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

/* The turn to order is held by address. An order that fails or is freed while it holds the turn has
 * to give it back, or at a CA that takes one newOrder at a time all others would wait for one that
 * no longer exists. */
static void end_ordering(struct acme_order *order)
{
	acme_pace_end_order(&order->calls.server->pace, order);
}

void acme_order_free(struct acme_order *order)
{
	if (!order)
		return;
	end_ordering(order);
	acme_calls_release(&order->calls);
	forget_order(order);
	acme_identifiers_release(&order->identifiers);
	strbuf_release(&order->csr_der);
	free(order->profile);
	free(order->replaces);
	free(order->preferred_chain);
	free(order->certificate_url);
	strvec_release(&order->alternates);
	strbuf_release(&order->chain_start);
	error_release(&order->invalid);
	free(order->complaint);
	cert_chain_release(&order->chain);
	acme_failures_release(&order->failures);
	free(order);
}

bool acme_order_validated(const struct acme_order *order)
{
	return order->state >= ACME_STATE_FINALIZE;
}

/* Once the CSR is with the CA a certificate may exist, whatever becomes of the reply. A run that is
 * stopped then keeps the key, without which the certificate would be useless. */
bool acme_order_csr_sent(const struct acme_order *order)
{
	return order->finalize_tries > 0;
}

void acme_order_take_chain(struct acme_order *order, struct cert_chain *ret_chain)
{
	cert_chain_release(ret_chain);
	*ret_chain = order->chain;
	cert_chain_init(&order->chain);
}

int64_t acme_order_server_time(const struct acme_order *order)
{
	return order->server_time;
}

bool acme_order_preferred_chain_found(const struct acme_order *order)
{
	return order->preferred_chain_found;
}

const struct acme_failures *acme_order_failures(const struct acme_order *order)
{
	return &order->failures;
}

size_t acme_order_left_valid(const struct acme_order *order)
{
	return order->left_valid;
}

const char *acme_order_state_name(const struct acme_order *order)
{
	if (order->state == ACME_STATE_VALIDATION && order->complaint)
		return order->complaint;
	return row_of(order)->name;
}

void acme_order_enter(struct acme_order *order, enum acme_order_state state)
{
	log_debug("order of %s%s: %s -> %s", order->identifiers.items[0].value,
		  order->identifiers.count > 1 ? " and others" : "", row_of(order)->name,
		  order->flow->rows[state].name);
	end_ordering(order);
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
	return acme_order_csr_sent(order) ? ACME_POLL_ISSUANCE : ACME_POLL_VALIDATION;
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
	return error_wrap(err, "cannot %s", row_of(order)->doing);
}

int acme_order_answer_error(struct acme_order *order, struct acme_answer *answer, struct error *err)
{
	return acme_answer_to_error(answer, row_of(order)->doing, &order->failures, err);
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

/* RFC 8555 section 7.5.2. Doing it twice changes nothing, so it may be repeated. */
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

static bool offers_profile(const struct acme_order *order)
{
	return strvec_contains(&acme_server_meta(order->calls.server)->profiles, order->profile);
}

/* Only --required-profile refuses here. A preferred one that the CA lacks is left out of the order
 * (see create_order()), as the option's name promises. */
static int check_profile(const struct acme_order *order, struct error *err)
{
	const struct strvec *profiles = &acme_server_meta(order->calls.server)->profiles;
	AUTO_FREE char *offered = strvec_join(profiles, ", ");

	if (!order->profile || !(order->flags & ACME_ORDER_REQUIRE_PROFILE) ||
	    offers_profile(order))
		return 0;
	return error_set(err, ERR_CONFIG, "the CA has no profile '%s'; it offers %s",
			 order->profile, profiles->count ? offered : "none");
}

/* The limit runs from the first step, not from acme_order_new(): an order may wait long in a queue
 * before it is stepped, and that time is not the CA's. */
static int read_directory(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	int progress;

	if (!order->phase_end_ms)
		acme_order_begin_phase(order, order->issuance_timeout_ms);
	progress = acme_calls_directory(&order->calls, turn, order->phase_end_ms, err);
	if (progress != ACME_PROGRESS_END)
		return progress;
	if (acme_server_is_v1(order->calls.server))
		order->flow = &acme_v1_order_flow;
	if (check_profile(order, err) < 0 ||
	    acme_server_check_identifiers(order->calls.server, &order->identifiers, err) < 0)
		return acme_order_wrap(order, err);
	/* RFC 9773 section 5: only to a CA that knows renewal information. */
	if (!acme_server_meta(order->calls.server)->has_renewal_info)
		REPLACE(order->replaces, NULL);
	acme_order_enter(order, ACME_STATE_NEW);
	return ACME_PROGRESS_AGAIN;
}

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
static int create_order(struct acme_order *order, struct acme_turn *turn, struct error *err)
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
		end_ordering(order);
	if (order->next || !may_create(order, turn))
		return ACME_PROGRESS_IDLE;
	order->next++;
	payload = json_object_new();
	json_set(payload, "identifiers", list_identifiers(&order->identifiers));
	if (order->profile && offers_profile(order))
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

/* The Location is the only way back to the order. "ready" without challenges is usual where all
 * authorizations are still valid. */
static int take_order(struct acme_order *order, struct acme_answer *answer, bool *ret_ready,
		      struct error *err)
{
	AUTO(acme_order_object) struct acme_order_object object = {.json = NULL};
	AUTO(strvec) struct strvec urls = STRVEC_INIT;
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
	if (acme_order_object_authorizations(&object, &urls, err) < 0 ||
	    acme_order_object_url(&object, "finalize", &order->finalize_url, err) < 0)
		return err->code;
	order->url = xstrdup(location);
	take_authorizations(order, &urls);
	*ret_ready = object.status == ACME_ORDER_READY;
	return 0;
}

static int create_answered(struct acme_order *order, struct acme_answer *answer, struct error *err)
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
	acme_order_enter(order, ready && !look_for_valid ? ACME_STATE_FINALIZE
							 : ACME_STATE_AUTHORIZATIONS);
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

static int authorizations_answered(struct acme_order *order, struct acme_answer *answer,
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

static int authorizations(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	int progress = acme_order_round(order, NULL, acme_order_start_fetch);

	return progress == ACME_PROGRESS_END ? acme_order_authorized(order, err) : progress;
}

int acme_order_refresh(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	int progress = acme_order_round(order, is_valid, acme_order_start_deactivation);

	if (progress != ACME_PROGRESS_END)
		return progress;
	forget_order(order);
	order->refreshed = true;
	acme_order_enter(order, ACME_STATE_NEW);
	return ACME_PROGRESS_AGAIN;
}

int acme_order_done(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	turn->action->kind = ACME_ACTION_DONE;
	return ACME_PROGRESS_END;
}

/* One look at what there is to do. */
static int step_once(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	AUTO(acme_answer) struct acme_answer answer = {.reply = NULL};

	switch (acme_calls_next(&order->calls, turn, &answer)) {
	case ACME_CALLS_SEND:
		return ACME_PROGRESS_END;
	case ACME_CALLS_ANSWER:
		return row_of(order)->answered(order, &answer, err);
	case ACME_CALLS_IDLE:
		break;
	}
	return row_of(order)->advance(order, turn, err);
}

/* Replies are taken before the clock is looked at: a reply that comes in the same step as a time
 * limit counts. The loop goes on until there is something for the driver to do; each pass either
 * changes the state or starts a request, so it ends. */
int acme_order_step(struct acme_order *order, const struct acme_reply *reply, int64_t now_ms,
		    struct acme_action *ret_action, struct error *err)
{
	AUTO(acme_answer) struct acme_answer answer = {.reply = NULL};
	struct acme_turn turn = {
		.now_ms = now_ms,
		.action = ret_action,
		.wait_until_ms = INT64_MAX,
	};
	int progress = ACME_PROGRESS_AGAIN;

	if (order->state == ACME_STATE_FAILED)
		BUG("an order that has failed is stepped");
	*ret_action = (struct acme_action){.kind = ACME_ACTION_WAIT};
	order->now_ms = now_ms;
	if (reply && acme_calls_reply(&order->calls, reply, now_ms, &answer))
		progress = row_of(order)->answered(order, &answer, err);
	while (progress == ACME_PROGRESS_AGAIN)
		progress = step_once(order, &turn, err);
	if (progress < 0) {
		acme_order_enter(order, ACME_STATE_FAILED);
		ret_action->kind = ACME_ACTION_FAILED;
		return progress;
	}
	ret_action->wait_until_ms = turn.wait_until_ms;
	ret_action->parking = turn.parking;
	return 0;
}
