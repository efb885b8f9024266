/*
 * The states of an order in ACME v1 (see order.h): those of order.c with other requests, and
 * without those that need an order object.
 *
 * Each challenge of a combination has an entry of its own among the authorizations, with the URL of
 * the one that it is part of.
 */
#include "acme/v1/order.h"

#include <string.h>

#include "acme/order/order_steps.h"
#include "acme/server_parts.h"
#include "acme/v1/combination.h"
#include "acme/v1/payload.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "codec/base64.h"
#include "codec/url.h"

enum {
	/* How long the other names are waited for once one has failed. */
	FAULTS_LIMIT_MS = 30 * 1000,
	MAX_LINKS = 10,
};

/* v1 wants the key authorization repeated, where RFC 8555 has an empty object. */
static char *answer_challenge(const struct acme_challenge *challenge)
{
	struct json *payload = acme_v1_payload("challenge");

	json_set_string(payload, "type", acme_challenge_type_name(challenge->type));
	json_set_string(payload, "keyAuthorization", challenge->key_authorization);
	return acme_v1_print(payload);
}

/* A refusal that names terms of service wants them to be agreed to. */
static int refused(struct acme_order *order, struct acme_answer *answer, struct error *err)
{
	AUTO(strvec) struct strvec terms = STRVEC_INIT;

	acme_order_answer_error(order, answer, err);
	if (answer->kind != ACME_ANSWER_REFUSED || answer->reply->status != 403)
		return err->code;
	headers_links(&answer->reply->headers, order->calls.server->directory.urls[ACME_NEW_AUTHZ],
		      "terms-of-service", &terms);
	if (terms.count)
		return error_hint(err,
				  "'certbot update_account --agree-tos' agrees to the CA's terms "
				  "of service, which are at %s",
				  terms.items[0]);
	if (str_eq_or_null(err->problem_type, "unauthorized"))
		error_hint(err, "the account may have been deactivated: register a new one");
	return err->code;
}

/* One for each name, and room for the combinations. */
static void make_authorizations(struct acme_order *order)
{
	size_t count = order->identifiers.count;

	order->authzs = xcalloc(count * ACME_V1_MAX_COMBINED, sizeof(*order->authzs));
	order->authz_count = count;
	for (size_t i = 0; i < count; i++)
		order->authzs[i].identifier = i;
}

/* v1 has no order object: an authorization is asked for name by name, and has no URL before. */
static bool is_unasked(const struct acme_authz *authz)
{
	return !authz->url;
}

static void start_new_authz(struct acme_order *order, size_t index)
{
	const struct acme_authz *authz = &order->authzs[index];
	struct json *payload = acme_v1_payload("new-authz");
	struct json *identifier = json_object_new();
	AUTO_FREE char *text = NULL;
	struct acme_order_post post = {
		.url = order->calls.server->directory.urls[ACME_NEW_AUTHZ],
		.flags = ACME_CALL_REPEATABLE,
		.subject = index,
	};

	json_set_string(identifier, "type", "dns");
	json_set_string(identifier, "value", order->identifiers.items[authz->identifier].value);
	json_set(payload, "identifier", identifier);
	text = acme_v1_print(payload);
	post.payload = text;
	acme_order_post(order, &post);
}

static int new_authorizations(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	int progress;

	if (!order->authz_count)
		make_authorizations(order);
	progress = acme_order_round(order, is_unasked, start_new_authz);
	return progress == ACME_PROGRESS_END ? acme_order_authorized(order, err) : progress;
}

/* The first challenge goes to the entry itself, the others to new ones. */
static void take_combination(struct acme_order *order, size_t index,
			     struct acme_v1_combination *combination)
{
	const char *url = order->authzs[index].url;

	for (size_t i = 0; i < combination->count; i++) {
		struct acme_authz *authz = &order->authzs[index];

		if (i) {
			authz = &order->authzs[order->authz_count++];
			authz->url = xstrdup(url);
			authz->identifier = order->authzs[index].identifier;
		}
		authz->offer = combination->items[i];
	}
	combination->count = 0;
}

static int take_url(struct acme_authz *authz, const struct acme_answer *answer, struct error *err)
{
	const char *location = headers_get(&answer->reply->headers, "Location");

	if (!location)
		return error_set(err, ERR_PROTOCOL, "the reply has no Location");
	if (url_check_https(location, "Location", err) < 0)
		return error_recode(err, ERR_PROTOCOL);
	authz->url = xstrdup(location);
	return 0;
}

/* A CA may give back an authorization that is valid already; then there is nothing to choose. */
static int take_authorization(struct acme_order *order, const struct acme_answer *answer,
			      struct error *err)
{
	AUTO(acme_authz_object) struct acme_authz_object object = {.json = NULL};
	AUTO(acme_v1_combination) struct acme_v1_combination combination = {.count = 0};
	struct acme_authz *authz = &order->authzs[answer->subject];
	struct acme_challenge_context context;

	if (take_url(authz, answer, err) < 0 ||
	    acme_order_read_authorization(order, answer, &object, err) < 0)
		return err->code;
	if (object.identifier != authz->identifier)
		return error_set(err, ERR_PROTOCOL, "authorization.identifier: it is another");
	if (!acme_order_note_status(order, authz, &object))
		return 0;
	context = acme_order_challenge_context(order, object.identifier);
	if (acme_v1_combination_choose(&object, &order->preference, &context, &combination, err) <
	    0)
		return err->code;
	take_combination(order, answer->subject, &combination);
	return 0;
}

static int new_authorization_answered(struct acme_order *order, struct acme_answer *answer,
				      struct error *err)
{
	if (answer->kind != ACME_ANSWER_OK)
		return refused(order, answer, err);
	/* An error is handled by acme_order_after_reading(), once all names have answered. */
	(void)!take_authorization(order, answer, err);
	return acme_order_after_reading(order, err);
}

static bool is_awaited(const struct acme_authz *authz)
{
	return !authz->valid && !authz->settled;
}

static bool any_awaited(const struct acme_order *order)
{
	for (size_t i = 0; i < order->authz_count; i++)
		if (is_awaited(&order->authzs[i]))
			return true;
	return false;
}

/* Reads the authorizations, again and again while the CA is still at work on some of them. */
static int validation(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	bool between_rounds = !order->next && !acme_calls_busy(&order->calls);
	int progress;

	if (between_rounds && any_awaited(order) && order->next_poll_ms > turn->now_ms) {
		if (turn->wait_until_ms > order->next_poll_ms)
			turn->wait_until_ms = order->next_poll_ms;
		return ACME_PROGRESS_IDLE;
	}
	progress = acme_order_round(order, is_awaited, acme_order_start_fetch);
	if (progress != ACME_PROGRESS_END)
		return progress;
	if (any_awaited(order)) {
		order->polls++;
		order->next = 0;
		return ACME_PROGRESS_AGAIN;
	}
	if (order->failures.count)
		return acme_order_fail_challenges(order, err);
	acme_order_enter(order, ACME_STATE_FINALIZE);
	return ACME_PROGRESS_AGAIN;
}

/* All challenges of the authorization. */
static void settle(struct acme_order *order, const char *url)
{
	for (size_t i = 0; i < order->authz_count; i++)
		if (strcmp(order->authzs[i].url, url) == 0)
			order->authzs[i].settled = true;
}

/* When time is up, a reason that the CA has given is better than "it took too long". */
static int still_pending(struct acme_order *order, const struct acme_answer *answer,
			 const struct acme_authz_object *object, struct error *err)
{
	acme_order_note_complaint(order, object);
	if (acme_order_plan_poll(order, answer->reply, err) == 0)
		return ACME_PROGRESS_AGAIN;
	if (acme_authz_object_problem(object))
		acme_authz_object_failure(object, &order->identifiers.items[object->identifier],
					  &order->failures);
	if (!order->failures.count)
		return acme_order_wrap(order, err);
	error_release(err);
	return acme_order_fail_challenges(order, err);
}

/* The order is lost, but other names may be broken as well: they are waited for a little, so that
 * all are reported in one run. */
static void note_broken(struct acme_order *order, const struct acme_authz_object *object)
{
	int64_t end_ms = order->now_ms + FAULTS_LIMIT_MS;

	acme_authz_object_failure(object, &order->identifiers.items[object->identifier],
				  &order->failures);
	if (order->phase_end_ms > end_ms)
		order->phase_end_ms = end_ms;
}

static int validation_answered(struct acme_order *order, struct acme_answer *answer,
			       struct error *err)
{
	AUTO(acme_authz_object) struct acme_authz_object object = {.json = NULL};
	const struct acme_authz *authz = &order->authzs[answer->subject];

	/* Several challenges share an authorization, and an earlier reply has settled all of
	 * them. */
	if (authz->settled)
		return ACME_PROGRESS_AGAIN;
	if (answer->kind != ACME_ANSWER_OK)
		return acme_order_answer_error(order, answer, err);
	if (acme_order_read_authorization(order, answer, &object, err) < 0)
		return acme_order_wrap(order, err);
	switch (object.status) {
	case ACME_AUTHZ_PENDING:
		return still_pending(order, answer, &object, err);
	case ACME_AUTHZ_BROKEN:
		note_broken(order, &object);
		break;
	case ACME_AUTHZ_VALID:
		break;
	}
	settle(order, authz->url);
	return ACME_PROGRESS_AGAIN;
}

/* Repeated when the reply was lost: there is no way to look up what became of it, and a certificate
 * that nobody gets is worth nothing, even where it counts against a limit. */
static int new_cert(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	AUTO(strbuf) struct strbuf csr = STRBUF_INIT;
	AUTO_FREE char *text = NULL;
	struct json *payload;
	struct acme_order_post post = {
		.url = order->calls.server->directory.urls[ACME_NEW_CERT],
		.accept = ACME_CERT_TYPE,
		.flags = ACME_CALL_REPEATABLE,
	};

	if (order->next++)
		return ACME_PROGRESS_IDLE;
	order->finalize_tries++;
	acme_order_begin_phase(order, order->issuance_timeout_ms);
	payload = acme_v1_payload("new-cert");
	base64url_encode(&csr, order->csr_der.text, order->csr_der.len);
	json_set_string(payload, "csr", csr.text);
	text = acme_v1_print(payload);
	post.payload = text;
	acme_order_post(order, &post);
	return ACME_PROGRESS_AGAIN;
}

/* Goes on with the issuer that the reply links to, or ends. Boulder's v1 gave only its path. */
static int follow_link(struct acme_order *order, const struct acme_reply *reply)
{
	AUTO(strvec) struct strvec links = STRVEC_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;
	const char *asked = order->certificate_url;

	if (!asked)
		asked = order->calls.server->directory.urls[ACME_NEW_CERT];
	headers_links(&reply->headers, asked, "up", &links);
	if (links.count && order->links < MAX_LINKS &&
	    url_check_https(links.items[0], "up", &ignored) == 0) {
		REPLACE(order->certificate_url, xstrdup(links.items[0]));
		acme_order_enter(order, ACME_STATE_DOWNLOAD);
	} else {
		acme_order_end_chain(order);
	}
	return ACME_PROGRESS_AGAIN;
}

static int take_certificate(struct acme_order *order, const struct acme_answer *answer,
			    struct error *err)
{
	const struct cert_chain *chain;

	if (acme_order_find_chain(order, answer, &chain, err) < 0)
		return acme_order_wrap(order, err);
	cert_chain_copy(&order->chain, chain);
	acme_order_begin_phase(order, order->issuance_timeout_ms);
	return follow_link(order, answer->reply);
}

/* The certificate is in the reply, or will be at its URL. */
static int new_cert_answered(struct acme_order *order, struct acme_answer *answer,
			     struct error *err)
{
	const char *location;

	if (answer->kind != ACME_ANSWER_OK)
		return refused(order, answer, err);
	location = headers_get(&answer->reply->headers, "Location");
	if (answer->reply->body_len || !location)
		return take_certificate(order, answer, err);
	if (url_check_https(location, "Location", err) < 0) {
		error_recode(err, ERR_PROTOCOL);
		return acme_order_wrap(order, err);
	}
	REPLACE(order->url, xstrdup(location));
	acme_order_enter(order, ACME_STATE_ISSUANCE);
	return ACME_PROGRESS_AGAIN;
}

/* The certificate's own URL answers 202 until it is there; v1 has no order to poll. */
static int issuance(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	return acme_order_poll(order, turn, ACME_CERT_TYPE);
}

static int issuance_answered(struct acme_order *order, struct acme_answer *answer,
			     struct error *err)
{
	if (answer->kind != ACME_ANSWER_OK)
		return acme_order_answer_error(order, answer, err);
	if (answer->reply->body_len && answer->reply->status != 202)
		return take_certificate(order, answer, err);
	if (acme_order_plan_poll(order, answer->reply, err) < 0) {
		error_hint(err, "--issuance-timeout gives the CA more time");
		return acme_order_wrap(order, err);
	}
	return ACME_PROGRESS_AGAIN;
}

/* Asks for the next certificate of the chain. */
static int download(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	const struct cert_chain *chain = &order->chain;
	struct acme_order_post post = {
		.url = order->certificate_url,
		.payload = "",
		.accept = ACME_CERT_TYPE,
		.flags = ACME_CALL_REPEATABLE,
	};

	if (order->next++)
		return ACME_PROGRESS_IDLE;
	order->links++;
	strbuf_clear(&order->chain_start);
	strbuf_add(&order->chain_start, chain->leaf_pem.text, chain->leaf_pem.len);
	strbuf_add(&order->chain_start, chain->rest_pem.text, chain->rest_pem.len);
	post.chain_start = span_make(order->chain_start.text, order->chain_start.len);
	acme_order_post(order, &post);
	return ACME_PROGRESS_AGAIN;
}

/* The certificate is there already: what a link leads to that is not its issuer, or is not there,
 * ends the chain. */
static int download_answered(struct acme_order *order, struct acme_answer *answer,
			     struct error *err)
{
	AUTO(error) struct error reason = ERROR_INIT;
	const struct cert_chain *chain;

	if (answer->kind == ACME_ANSWER_LOST || answer->kind == ACME_ANSWER_FAILED)
		return acme_order_answer_error(order, answer, err);
	if (answer->kind == ACME_ANSWER_OK &&
	    acme_order_find_chain(order, answer, &chain, &reason) == 0 &&
	    chain->rest_pem.len > order->chain.rest_pem.len) {
		cert_chain_copy(&order->chain, chain);
		return follow_link(order, answer->reply);
	}
	log_debug("no issuer at '%s': %s", order->certificate_url,
		  reason.text ? reason.text : "it did not sign the certificate");
	acme_order_end_chain(order);
	return ACME_PROGRESS_AGAIN;
}

/* Rows without functions: the version is known only after the first state, and v1 has no others. */
static const struct acme_order_row rows[] = {
	[ACME_STATE_DIRECTORY] = {"reading the directory", "order a certificate", NULL, NULL},
	[ACME_STATE_NEW] = {"asking for authorizations", "get an authorization",
			    new_authorizations, new_authorization_answered},
	[ACME_STATE_AUTHORIZATIONS] = {"reading authorizations", NULL, NULL, NULL},
	[ACME_STATE_REFRESH] = {"deactivating old authorizations", "deactivate an authorization",
				acme_order_refresh, acme_order_deactivation_answered},
	[ACME_STATE_WITHDRAW] = {"giving the order up", "deactivate an authorization",
				 acme_order_withdraw, acme_order_deactivation_answered},
	[ACME_STATE_PRESENT] = {"presenting challenges", "present challenges", acme_order_present,
				NULL},
	[ACME_STATE_ANSWER] = {"answering challenges", "answer a challenge", acme_order_answer,
			       acme_order_answer_answered},
	[ACME_STATE_VALIDATION] = {"waiting for validation", "read an authorization", validation,
				   validation_answered},
	[ACME_STATE_FAULTS] = {"finding out what failed", "read an authorization", validation,
			       validation_answered},
	[ACME_STATE_FINALIZE] = {"asking for the certificate", "get the certificate", new_cert,
				 new_cert_answered},
	[ACME_STATE_ISSUANCE] = {"waiting for the certificate", "get the certificate", issuance,
				 issuance_answered},
	[ACME_STATE_DOWNLOAD] = {"downloading the chain", "download the chain", download,
				 download_answered},
	[ACME_STATE_ALTERNATES] = {"looking at alternate chains", NULL, NULL, NULL},
	[ACME_STATE_DEACTIVATE] = {"deactivating authorizations", "deactivate an authorization",
				   acme_order_deactivate, acme_order_deactivation_answered},
	[ACME_STATE_DONE] = {"done", "go on", acme_order_done, NULL},
	[ACME_STATE_FAILED] = {"failed", "go on", NULL, NULL},
};
STATIC_ASSERT(ARRAY_LEN(rows) == ACME_STATE__COUNT, "every state has a row");

const struct acme_order_flow acme_v1_order_flow = {
	.rows = rows,
	.answer = answer_challenge,
	.deactivation = "{\"resource\":\"authz\",\"status\":\"deactivated\"}",
	.authz_status = "pending",
};
