/*
 * The order machine (see order.h): how it is made, stepped and asked, and the first state, which
 * learns from the directory whose rows the others are: those here, of RFC 8555, or those of ACME
 * v1. Each state has one function that advances as far as it can and one that processes an answer.
 */
#include "acme/order/order.h"

#include "acme/order/order_steps.h"
#include "acme/server_parts.h"
#include "acme/v1/order.h"
#include "base/alloc.h"

static int read_directory(struct acme_order *order, struct acme_turn *turn, struct error *err);

static const struct acme_order_row rows[] = {
	[ACME_STATE_DIRECTORY] = {"reading the directory", "order a certificate", read_directory,
				  NULL},
	[ACME_STATE_NEW] = {"ordering", "order a certificate", acme_order_create,
			    acme_order_create_answered},
	[ACME_STATE_RESUME] = {"looking at the order", "look at the order", acme_order_resume,
			       acme_order_resume_answered},
	[ACME_STATE_OPENED] = {"noting the order", "note the order", acme_order_opened, NULL},
	[ACME_STATE_AUTHORIZATIONS] = {"reading authorizations", "read an authorization",
				       acme_order_authorizations,
				       acme_order_authorizations_answered},
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
	order->resumes = xstrdup_or_null(request->resumes);
	order->preferred_chain = xstrdup_or_null(request->preferred_chain);
	order->issuance_timeout_ms = request->issuance_timeout_ms;
	order->flags = request->flags;
	strvec_init(&order->alternates);
	strbuf_init(&order->chain_start);
	cert_chain_init(&order->chain);
	*ret_order = order;
	return 0;
}

void acme_order_free(struct acme_order *order)
{
	if (!order)
		return;
	acme_order_end_ordering(order);
	acme_calls_release(&order->calls);
	acme_order_forget(order);
	acme_identifiers_release(&order->identifiers);
	strbuf_release(&order->csr_der);
	free(order->profile);
	free(order->replaces);
	free(order->resumes);
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

bool acme_order_is_dead(const struct acme_order *order)
{
	return order->is_dead;
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
	return acme_order_row(order)->name;
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
	if (acme_server_is_v1(order->calls.server) && (order->flags & ACME_ORDER_CONFIRMED))
		return error_set(err, ERR_CONFIG,
				 "a fleet cannot use this CA: orders of ACME v1 have no URL");
	if (acme_server_is_v1(order->calls.server))
		order->flow = &acme_v1_order_flow;
	if ((order->flags & ACME_ORDER_REQUIRE_PROFILE) && order->profile &&
	    acme_server_check_profile(order->calls.server, order->profile, err) < 0)
		return acme_order_wrap(order, err);
	if (acme_server_check_identifiers(order->calls.server, &order->identifiers, err) < 0)
		return acme_order_wrap(order, err);
	/* RFC 9773 section 5: only to a CA that knows renewal information. */
	if (!acme_server_meta(order->calls.server)->has_renewal_info)
		REPLACE(order->replaces, NULL);
	acme_order_enter(order, order->resumes ? ACME_STATE_RESUME : ACME_STATE_NEW);
	return ACME_PROGRESS_AGAIN;
}

/* One look at what there is to do. */
static int step_once(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	AUTO(acme_answer) struct acme_answer answer = {.reply = NULL};

	switch (acme_calls_next(&order->calls, turn, &answer)) {
	case ACME_CALLS_SEND:
		return ACME_PROGRESS_END;
	case ACME_CALLS_ANSWER:
		return acme_order_row(order)->answered(order, &answer, err);
	case ACME_CALLS_IDLE:
		break;
	}
	return acme_order_row(order)->advance(order, turn, err);
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
		progress = acme_order_row(order)->answered(order, &answer, err);
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
