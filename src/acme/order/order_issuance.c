/*
 * States of an order from finalize to the certificate (RFC 8555 sections 7.4, 7.4.2).
 *
 * A finalize whose reply was lost is sent again only after the order shows that it never arrived.
 */
#include "acme/order/order_steps.h"

#include <string.h>

#include "acme/pace.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "codec/base64.h"
#include "codec/datetime.h"
#include "codec/json.h"
#include "codec/url.h"
#include "crypto/cert/cert.h"

enum {
	/* Each try may cost the CA a signature, and with it a place in its rate limits. */
	MAX_FINALIZE_TRIES = 3,
	/* Let's Encrypt offers one or two. The number comes from the peer, and each costs a
	 * download. */
	MAX_ALTERNATES = 10,
};

/* Never marked as repeatable: a CA may issue twice for two finalizes. The limit is set once; a
 * second try does not extend it. */
int acme_order_finalize(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	AUTO(json) struct json *payload = NULL;
	AUTO(strbuf) struct strbuf csr = STRBUF_INIT;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct acme_order_post post = {.url = order->finalize_url};

	if (!order->next && acme_order_asks_owner(order, turn, true))
		return ACME_PROGRESS_END;
	if (order->next++)
		return ACME_PROGRESS_IDLE;
	if (!order->finalize_tries++)
		acme_order_begin_phase(order, order->issuance_timeout_ms);
	payload = json_object_new();
	base64url_encode(&csr, order->csr_der.text, order->csr_der.len);
	json_set_string(payload, "csr", csr.text);
	json_print(payload, JSON_COMPACT, &text);
	post.payload = text.text;
	acme_order_post(order, &post);
	return ACME_PROGRESS_AGAIN;
}

/* Decides by the order's status how to go on once finalize was sent. "pending" contradicts RFC 8555
 * section 7.1.6 here. A CA with several front ends may still show it when the one that is asked
 * lags behind, so it is polled like "processing". */
static int judge_order(struct acme_order *order, const struct acme_answer *answer,
		       struct error *err)
{
	AUTO(acme_order_object) struct acme_order_object object = {.json = NULL};

	if (acme_order_object_read(answer, &object, err) < 0)
		return err->code;
	switch (object.status) {
	case ACME_ORDER_VALID:
		if (acme_order_object_url(&object, "certificate", &order->certificate_url, err) < 0)
			return err->code;
		acme_order_begin_phase(order, order->issuance_timeout_ms);
		acme_order_enter(order, ACME_STATE_DOWNLOAD);
		return ACME_PROGRESS_AGAIN;
	case ACME_ORDER_INVALID:
		order->is_dead = true;
		return acme_order_object_error(&object, &order->failures, err);
	case ACME_ORDER_READY:
		/* "ready" in reply to the finalize itself only means that the CA has not started.
		 * Only after a loss does it mean that the finalize never arrived. */
		if (!order->finalize_again || order->finalize_tries == MAX_FINALIZE_TRIES)
			break;
		acme_order_enter(order, ACME_STATE_FINALIZE);
		return ACME_PROGRESS_AGAIN;
	case ACME_ORDER_PENDING:
	case ACME_ORDER_PROCESSING:
		break;
	}
	if (order->state != ACME_STATE_ISSUANCE)
		acme_order_enter(order, ACME_STATE_ISSUANCE);
	if (acme_order_plan_poll(order, answer->reply, err) < 0) {
		error_hint(err, "--issuance-timeout gives the CA more time");
		return err->code;
	}
	return ACME_PROGRESS_AGAIN;
}

/* The finalize may have arrived or not: the order shows it. The pause lets a finalize that is still
 * on its way arrive, otherwise the order would be "ready" here and be finalized a second time.
 * "orderNotReady" comes from a front end that does not know of the validation yet. */
static int look_it_up(struct acme_order *order)
{
	order->finalize_again = true;
	order->next_poll_ms = order->now_ms + acme_pace_loss_pause_ms(1);
	acme_order_enter(order, ACME_STATE_ISSUANCE);
	return ACME_PROGRESS_AGAIN;
}

int acme_order_finalize_answered(struct acme_order *order, struct acme_answer *answer,
				 struct error *err)
{
	AUTO_FREE char *type = NULL;

	order->finalize_again = false;
	if (answer->kind == ACME_ANSWER_OK) {
		if (judge_order(order, answer, err) < 0)
			return acme_order_wrap(order, err);
		return ACME_PROGRESS_AGAIN;
	}
	if (answer->kind == ACME_ANSWER_REFUSED)
		type = acme_problem_type(answer->reply);
	if (order->finalize_tries < MAX_FINALIZE_TRIES &&
	    (answer->kind == ACME_ANSWER_LOST || str_eq_or_null(type, "orderNotReady")))
		return look_it_up(order);
	/* The CSR of an order that others go on with is always the same. */
	order->is_dead |= str_eq_or_null(type, "badCSR");
	return acme_order_answer_error(order, answer, err);
}

int acme_order_issuance(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	return acme_order_poll(order, turn, NULL);
}

int acme_order_issuance_answered(struct acme_order *order, struct acme_answer *answer,
				 struct error *err)
{
	if (answer->kind != ACME_ANSWER_OK)
		return acme_order_answer_error(order, answer, err);
	if (judge_order(order, answer, err) < 0)
		return acme_order_wrap(order, err);
	return ACME_PROGRESS_AGAIN;
}

static void start_download(struct acme_order *order, const char *url)
{
	const struct acme_order_post post = {
		.url = url,
		.payload = "",
		.accept = ACME_CHAIN_TYPE,
		.flags = ACME_CALL_REPEATABLE,
	};

	acme_order_post(order, &post);
}

int acme_order_download(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	if (order->next++)
		return ACME_PROGRESS_IDLE;
	start_download(order, order->certificate_url);
	return ACME_PROGRESS_AGAIN;
}

/* Compared with the clock of this machine when the new certificate seems to be "not yet valid", to
 * tell which of the two is wrong. A CA's clock is trusted for nothing else. */
static void note_server_time(struct acme_order *order, const struct acme_reply *reply)
{
	const char *date = headers_get(&reply->headers, "Date");
	int64_t seconds;

	if (date && datetime_parse_http(date, &seconds))
		order->server_time = seconds;
}

/* The chain was taken apart by the parser process (docs/children.md).
 * Its complaint comes first; a content type that is not a chain's explains it, for a proxy's error
 * page is the usual reason. */
int acme_order_find_chain(struct acme_order *order, const struct acme_answer *answer,
			  const struct cert_chain **ret_chain, struct error *err)
{
	const struct acme_reply *reply = answer->reply;
	const char *type = headers_get(&reply->headers, "Content-Type");

	note_server_time(order, reply);
	if (!reply->body_len)
		return error_set(err, ERR_PROTOCOL, "the server sent nothing");
	*ret_chain = &reply->chain;
	if (reply->chain.leaf_pem.len)
		return 0;
	if (error_is_set(&reply->fault))
		error_copy(err, &reply->fault);
	else
		error_set(err, ERR_PROTOCOL, "the server sent no certificate");
	if (!type || (!str_starts(type, ACME_CHAIN_TYPE) && !str_starts(type, ACME_CERT_TYPE))) {
		AUTO_FREE char *printable = acme_printable(type ? type : "none");

		error_wrap(err, "the server sent content of type '%s'", printable);
	}
	return error_recode(err, ERR_PROTOCOL);
}

/* Certbot compares --preferred-chain with the common name of the topmost issuer, so that is what
 * existing renewal configurations mean. */
static bool is_preferred(const struct acme_order *order, const struct cert_chain *chain)
{
	return strcmp(chain->top_issuer_cn.text, order->preferred_chain) == 0;
}

static enum acme_order_state state_after_chains(const struct acme_order *order)
{
	return order->flags & ACME_ORDER_DEACTIVATE_AFTER ? ACME_STATE_DEACTIVATE : ACME_STATE_DONE;
}

void acme_order_end_chain(struct acme_order *order)
{
	order->preferred_chain_found = order->preferred_chain && is_preferred(order, &order->chain);
	acme_order_enter(order, state_after_chains(order));
}

/* An alternate with a malformed URL is left out rather than reported: the certificate itself is
 * here, and it counts for more than the choice of its chain. */
static void collect_alternates(struct acme_order *order, const struct acme_reply *reply)
{
	AUTO(strvec) struct strvec urls = STRVEC_INIT;

	headers_links(&reply->headers, order->certificate_url, "alternate", &urls);
	for (size_t i = 0; i < urls.count && order->alternates.count < MAX_ALTERNATES; i++) {
		AUTO(error) struct error ignored = ERROR_INIT;

		if (url_check_https(urls.items[i], "alternate", &ignored) == 0)
			strvec_push_unique(&order->alternates, urls.items[i]);
	}
}

int acme_order_download_answered(struct acme_order *order, struct acme_answer *answer,
				 struct error *err)
{
	const struct cert_chain *chain;

	if (answer->kind != ACME_ANSWER_OK)
		return acme_order_answer_error(order, answer, err);
	if (acme_order_find_chain(order, answer, &chain, err) < 0)
		return acme_order_wrap(order, err);
	order->preferred_chain_found = order->preferred_chain && is_preferred(order, chain);
	cert_chain_copy(&order->chain, chain);
	if (order->preferred_chain && !order->preferred_chain_found)
		collect_alternates(order, answer->reply);
	acme_order_enter(order, order->alternates.count ? ACME_STATE_ALTERNATES
							: state_after_chains(order));
	return ACME_PROGRESS_AGAIN;
}

/* One after the other until one fits: there are two or three at most. */
int acme_order_alternates(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	if (acme_calls_busy(&order->calls))
		return ACME_PROGRESS_IDLE;
	if (order->preferred_chain_found || order->next == order->alternates.count)
		acme_order_enter(order, state_after_chains(order));
	else
		start_download(order, order->alternates.items[order->next++]);
	return ACME_PROGRESS_AGAIN;
}

/* The certificate is there already: an alternate that cannot be had is passed over. */
int acme_order_alternates_answered(struct acme_order *order, struct acme_answer *answer,
				   struct error *err)
{
	const struct cert_chain *chain;
	AUTO(error) struct error reason = ERROR_INIT;

	if (answer->kind != ACME_ANSWER_OK)
		acme_answer_to_error(answer, "download a chain", NULL, &reason);
	else if (acme_order_find_chain(order, answer, &chain, &reason) == 0 &&
		 is_preferred(order, chain)) {
		cert_chain_copy(&order->chain, chain);
		order->preferred_chain_found = true;
	}
	if (error_is_set(&reason))
		log_debug("%s", reason.text);
	return ACME_PROGRESS_AGAIN;
}

int acme_order_done(struct acme_order *order, struct acme_turn *turn, struct error *err)
{
	turn->action->kind = ACME_ACTION_DONE;
	return ACME_PROGRESS_END;
}
