/*
 * The fence (see fence.h). The machine says what comes next, and the order of app/issue runs
 * independently between the points where they meet: claim, begin, the order's URL, the CSR, the
 * certificate. Whatever the machine asks about the order in between is known here without asking
 * the CA again.
 */
#include "app/fleet/own/fence.h"

#include <string.h>

#include "acme/wire.h"
#include "app/fleet/own/orders.h"
#include "app/fleet/own/solo.h"
#include "app/fleet/own/turns.h"
#include "app/issue/ca.h"
#include "app/issue/identifiers.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "base/log.h"
#include "crypto/key/token.h"
#include "store/renewal/renewal_state.h"

enum { MAX_PROBLEM = 500 };

struct fence {
	struct issue_fence base;
	struct member *member;
	struct turns turns;
	char *resumes;
	char *order_url;   /* of the order that acme/ works on; NULL: none yet */
	struct strbuf csr; /* of an order that another machine has begun; empty: none */
	bool tried;        /* an order of this run has failed: other machines keep to the pause */
	bool is_alone;     /* the store does not answer, and this machine renews without it */
};

static struct fence *fence_of(struct issue_request *request)
{
	return CONTAINER_OF(request->fence, struct fence, base);
}

/* True if names were given for this request; `renew` renews a certificate with the names that it
 * has. */
static bool names_are_asked_for(const struct issue_request *request)
{
	AUTO(acme_identifiers) struct acme_identifiers given = {.count = 0}, present = {.count = 0};
	AUTO(error) struct error unread = ERROR_INIT;

	identifiers_from_settings(request->settings, &given);
	if (given.count)
		return true;
	return identifiers_from_lineage(request->lineage, &present, NULL, &unread) == 0 &&
	       !identifiers_same(&request->identifiers, &present);
}

/* If other names were asked for here, refuses what another machine has published: storing it would
 * look like success. */
static int check_taken_names(const struct issue_request *request, struct error *err)
{
	AUTO(strvec) struct strvec wanted = STRVEC_INIT;
	AUTO_FREE char *names = NULL;

	identifiers_to_names(&request->identifiers, &wanted);
	if (strvec_same_set(&wanted, &request->chain.leaf_names) || !names_are_asked_for(request))
		return 0;
	names = strvec_join(&request->chain.leaf_names, ", ");
	error_set(err, ERR_BUSY,
		  "another machine of the fleet has renewed it meanwhile, for other names (%s)",
		  names);
	return error_hint(err, "certbot renew takes that one over; then ask for these names again");
}

/* Another machine has published a certificate in the meantime: the request gets its chain and key,
 * and is stored without an order. */
static int take_generation(struct issue_request *request, struct error *err)
{
	struct fence *fence = fence_of(request);
	struct fleet_reply reply = {.result = FLEET_OK};

	if (turns_fill_request(fence->turns.action.record, request, err) < 0 ||
	    check_taken_names(request, err) < 0)
		return err->code;
	fence->base.is_taken = true;
	return turns_reply(&fence->turns, &reply, err);
}

/* Resumes an order from the store. Its key must be used, although the request may have another one
 * by now. */
static int resume_order(struct issue_request *request, struct error *err)
{
	struct fence *fence = fence_of(request);
	const struct fleet_record *order = fence->turns.action.record;
	AUTO(key) struct key *key = NULL;

	if (key_from_pem(secret_peek(&order->key), order->key.len, &key, err) < 0)
		return error_wrap(err, "cannot go on with the fleet's order");
	if (request->key && !key_is_same(request->key, key))
		return error_set(err, ERR_BUSY,
				 "another machine of the fleet has begun to renew it");
	if (!request->key)
		request->key = STEAL(key);
	strbuf_clear(&fence->csr);
	strbuf_add(&fence->csr, order->csr.text, order->csr.len);
	REPLACE(fence->resumes, order->url[0] ? xstrdup(order->url) : NULL);
	REPLACE(fence->order_url, xstrdup_or_null(fence->resumes));
	fence->base.resumes = fence->resumes;
	return 0;
}

/* The request ends without a certificate of its own: another machine has renewed it or is doing so,
 * or it is not possible. Only the last is a failure. */
static int say_end(struct issue_request *request, struct error *err)
{
	const struct turns *turns = &fence_of(request)->turns;
	int rc;

	request->is_elsewhere = turns->action.end == FLEET_END_BUSY ||
				turns->action.end == FLEET_END_LATER ||
				turns->action.end == FLEET_END_POSTPONED ||
				turns->action.end == FLEET_END_CURRENT;
	rc = turns_judge(turns, err);
	return rc < 0 ? rc
		      : error_set(err, ERR_BUSY, "another machine of the fleet has renewed it");
}

/* Runs the machine until it needs a key or an existing order. */
static int claim_turns(struct issue_request *request, struct error *err)
{
	struct fence *fence = fence_of(request);
	struct fleet_reply reply = {.result = FLEET_OK};

	for (;;) {
		switch (fence->turns.action.kind) {
		case FLEET_TAKE:
			if (take_generation(request, err) < 0)
				return err->code;
			break;
		case FLEET_DECIDE:
			reply.due = !fence->base.is_taken;
			if (turns_reply(&fence->turns, &reply, err) < 0)
				return err->code;
			break;
		case FLEET_OPEN:
		case FLEET_LOOK:
			return resume_order(request, err);
		case FLEET_END:
			return fence->base.is_taken ? 0 : say_end(request, err);
		default:
			return 0;
		}
	}
}

/* The store does not answer: this machine may still be allowed to renew. */
static int claim_alone(struct issue_request *request, struct error *err)
{
	struct fence *fence = fence_of(request);
	AUTO(error) struct error refusal = ERROR_INIT;

	turns_stop(&fence->turns);
	if (err->code != ERR_NETWORK)
		return err->code;
	if (solo_may_renew(fence->member, request->lineage, &refusal) < 0)
		return refusal.code == ERR_CANCELLED ? error_move(err, &refusal)
						     : error_hint(err, "%s", refusal.text);
	log_warning("%s; %s expires soon and is renewed without the fleet.", err->text,
		    lineage_name(request->lineage));
	error_release(err);
	fence->is_alone = true;
	request->generation = renewal_state_generation(lineage_conf(request->lineage)) + 1;
	return 0;
}

static int claim_lineage(struct issue_request *request, struct error *err)
{
	struct fence *fence = fence_of(request);
	const struct turns_order order = {
		.server = request->ca ? ca_url(request->ca)
				      : settings_string(request->settings, "server"),
		.forced = fence->tried || settings_flag(request->settings, "renew_by_default") ||
			  settings_string(request->settings, "certname"),
	};

	if (turns_begin(&fence->turns, fence->member, lineage_name(request->lineage),
			request->lineage, &order, err) < 0 ||
	    claim_turns(request, err) < 0)
		return claim_alone(request, err);
	return 0;
}

/* Stores what is about to be ordered; the machine then wants the order. FLEET_REVISED: replaces
 * what another machine was about to order. */
static int store_intent(struct issue_request *request, enum fleet_result result,
			const struct strbuf *csr, struct error *err)
{
	struct fence *fence = fence_of(request);
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
	struct fleet_reply reply = {.result = result, .record = &record};

	key_to_pem(request->key, &record.key);
	strbuf_add(&record.csr, csr->text, csr->len);
	if (turns_reply(&fence->turns, &reply, err) < 0)
		return err->code;
	return claim_turns(request, err);
}

static void list_csr_names(const struct csr_contents *contents, struct strvec *ret_names)
{
	strvec_extend(ret_names, &contents->dns_names);
	strvec_extend(ret_names, &contents->ip_addresses);
	strvec_sort(ret_names);
}

/* Finds out whether the stored CSR has the same names as ours, and otherwise which names it has: a
 * CA refuses a CSR whose names differ from those of its order. */
static int compare_names(const struct strbuf *theirs, const struct strbuf *ours,
			 char **ret_other_names, struct error *err)
{
	AUTO(csr_contents) struct csr_contents stored, wanted;
	AUTO(strvec) struct strvec their_names = STRVEC_INIT, our_names = STRVEC_INIT;

	csr_contents_init(&stored);
	csr_contents_init(&wanted);
	if (csr_read(theirs->text, theirs->len, &stored, err) < 0 ||
	    csr_read(ours->text, ours->len, &wanted, err) < 0)
		return error_wrap(err, "cannot go on with the fleet's order");
	list_csr_names(&stored, &their_names);
	list_csr_names(&wanted, &our_names);
	if (!strvec_same_set(&their_names, &our_names))
		*ret_other_names = strvec_join(&their_names, ", ");
	return 0;
}

/* Takes the CSR that another machine has stored. If it has other names, it is replaced, unless an
 * order with it is open: that is left to a machine that wants those names. */
static int adopt_csr(struct issue_request *request, struct strbuf *csr, struct error *err)
{
	struct fence *fence = fence_of(request);
	AUTO_FREE char *other_names = NULL;

	if (compare_names(&fence->csr, csr, &other_names, err) < 0)
		return err->code;
	if (other_names && fence->turns.action.kind == FLEET_OPEN) {
		REPLACE(other_names, NULL);
		/* Another machine may have been faster. */
		if (store_intent(request, FLEET_REVISED, csr, err) < 0 ||
		    compare_names(&fence->csr, csr, &other_names, err) < 0)
			return err->code;
	}
	if (other_names) {
		error_set(err, ERR_BUSY, "the fleet has an order open for other names (%s)",
			  other_names);
		return error_hint(err, "certbot renew, on a machine of the fleet whose certificate "
				       "has these names, goes on with it; then try again");
	}
	strbuf_clear(csr);
	strbuf_add(csr, fence->csr.text, fence->csr.len);
	return 0;
}

static bool wants_order(const struct fence *fence)
{
	return fence->turns.action.kind == FLEET_OPEN || fence->turns.action.kind == FLEET_LOOK;
}

static int begin_order(struct issue_request *request, struct strbuf *csr, struct error *err)
{
	struct fence *fence = fence_of(request);

	/* Also without the store: what this machine renews alone becomes the fleet's later. */
	if (key_require_private(request->key, "a certificate of a fleet", err) < 0)
		return err->code;
	if (fence->is_alone)
		return 0;
	/* Makes another order, without the names that failed. The store may have become unreachable
	 * in the meantime. */
	if (!fence->turns.node && claim_lineage(request, err) < 0)
		return err->code;
	if (fence->is_alone)
		return 0;
	if (fence->turns.action.kind == FLEET_PREPARE &&
	    store_intent(request, FLEET_OK, csr, err) < 0)
		return err->code;
	if (wants_order(fence) && fence->csr.len && adopt_csr(request, csr, err) < 0)
		return err->code;
	return wants_order(fence) ? 0 : say_end(request, err);
}

/* A process that was suspended may find an order in the store that is not the one it works on: its
 * successor has begun it, perhaps with another key. What acme/ knows is not about that order, and
 * finalizing two orders means two certificates. */
static bool is_same_order(const struct fence *fence)
{
	const struct fleet_action *action = &fence->turns.action;

	return (action->kind == FLEET_LOOK || action->kind == FLEET_VALIDATE ||
		action->kind == FLEET_FINALIZE || action->kind == FLEET_FETCH) &&
	       str_eq_or_null(action->record->url, fence->order_url);
}

/* Returns why the machine and acme/ cannot go on together. */
static int say_parting(const struct fence *fence, struct error *err)
{
	if (fence->turns.action.kind == FLEET_END && turns_judge(&fence->turns, err) < 0)
		return err->code;
	return error_set(err, ERR_BUSY,
			 "another machine of the fleet goes on with an order of its own");
}

/* Answers the machine's questions about the order until it wants `wanted`. There is no need to ask
 * the CA: the order in app/issue would not be here if it had not got this far. */
static int meet(struct issue_request *request, enum fleet_result status,
		enum fleet_action_kind wanted, struct error *err)
{
	struct fence *fence = fence_of(request);
	struct fleet_reply reply = {.result = FLEET_OK};

	for (;;) {
		enum fleet_action_kind kind = fence->turns.action.kind;

		if (!is_same_order(fence))
			return say_parting(fence, err);
		if (kind == wanted)
			return 0;
		if (kind == FLEET_FETCH)
			return say_parting(fence, err);
		reply.result = kind == FLEET_LOOK ? status : FLEET_OK;
		if (turns_reply(&fence->turns, &reply, err) < 0)
			return err->code;
	}
}

static int confirm_step(struct issue_request *request, const struct acme_action *action,
			struct error *err)
{
	struct fence *fence = fence_of(request);
	struct fleet_reply opened = {.result = FLEET_OK, .url = action->order_url};

	if (fence->is_alone)
		return 0;
	REPLACE(fence->order_url, xstrdup(action->order_url));
	if (action->finalizes)
		return meet(request, FLEET_READY, FLEET_FINALIZE, err);
	if (fence->turns.action.kind != FLEET_OPEN)
		return say_parting(fence, err);
	if (turns_reply(&fence->turns, &opened, err) < 0)
		return err->code;
	return is_same_order(fence) ? 0 : say_parting(fence, err);
}

/* The machine has the key in its order. */
static void make_generation(const struct issue_request *request, struct fleet_record *ret_record)
{
	ret_record->cert = xstrdup(request->chain.leaf_pem.text);
	ret_record->chain = xstrdup(request->chain.rest_pem.text);
	ret_record->not_after = request->chain.leaf_not_after;
}

/* The machine publishes the certificate with the key of its order; a pair that does not match must
 * not reach other machines. */
static int check_key(struct issue_request *request, struct error *err)
{
	const struct secret *pem = &fence_of(request)->turns.action.record->key;
	AUTO(key) struct key *key = NULL;
	AUTO(strbuf) struct strbuf digest = STRBUF_INIT;

	if (key_from_pem(secret_peek(pem), pem->len, &key, err) < 0)
		return err->code;
	key_public_digest(key, &digest);
	if (cert_chain_is_for(&request->chain, &digest))
		return 0;
	return error_set(err, ERR_REFUSED,
			 "the certificate is not for the key of the fleet's order");
}

/* Publishes the certificate before it is used. If another machine resumed the same order and has
 * published it first, it is the same certificate. */
static int publish_cert(struct issue_request *request, struct error *err)
{
	struct fence *fence = fence_of(request);
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
	struct fleet_reply fetched = {.result = FLEET_OK, .record = &record};
	struct fleet_reply taken = {.result = FLEET_OK};

	if (fence->is_alone)
		return 0;
	make_generation(request, &record);
	/* The order has been finalized, whatever state the machine saw last. */
	if (fence->turns.action.kind == FLEET_FINALIZE && is_same_order(fence) &&
	    turns_reply(&fence->turns, &taken, err) < 0)
		return err->code;
	if (meet(request, FLEET_VALID, FLEET_FETCH, err) < 0 || check_key(request, err) < 0 ||
	    turns_reply(&fence->turns, &fetched, err) < 0)
		return error_wrap(err, "the certificate was issued and is not published yet");
	if (fence->turns.action.kind != FLEET_TAKE)
		return say_end(request, err);
	if (turns_fill_request(fence->turns.action.record, request, err) < 0 ||
	    turns_reply(&fence->turns, &taken, err) < 0)
		return err->code;
	member_forget_tip(fence->member);
	return 0;
}

/* Has the machine drop the order that failed, and no other. */
static void drop_order(struct fence *fence, const struct error *failure)
{
	AUTO(error) struct error ignored = ERROR_INIT;
	AUTO(strbuf) struct strbuf problem = STRBUF_INIT;
	struct fleet_reply tried = {.result = FLEET_OK}, dead = {.result = FLEET_INVALID};
	enum fleet_action_kind kind = fence->turns.action.kind;

	if ((kind == FLEET_VALIDATE || kind == FLEET_FINALIZE) && is_same_order(fence) &&
	    turns_reply(&fence->turns, &tried, &ignored) < 0)
		return;
	/* Readers refuse a record whose text must not reach a terminal. */
	strbuf_add_printable(&problem, failure->text, strnlen(failure->text, MAX_PROBLEM));
	dead.problem = problem.text;
	if (str_eq_or_null(failure->problem_type, "alreadyReplaced"))
		dead.result = FLEET_REPLACED;
	kind = fence->turns.action.kind;
	if (((kind == FLEET_OPEN && !fence->order_url) ||
	     (kind == FLEET_LOOK && is_same_order(fence))) &&
	    turns_reply(&fence->turns, &dead, &ignored) < 0)
		log_debug("%s", ignored.text);
}

/* If the CA says that the order has failed for good, that is the end of it; anything unclear is
 * left to the next machine. */
static void end_attempt(struct issue_request *request, bool is_dead, const struct error *failure)
{
	struct fence *fence = fence_of(request);

	if (is_dead && fence->turns.node)
		drop_order(fence, failure);
	turns_stop(&fence->turns);
	REPLACE(fence->resumes, NULL);
	REPLACE(fence->order_url, NULL);
	fence->base.resumes = NULL;
	strbuf_clear(&fence->csr);
	fence->tried = true;
}

static void beat_lease(struct issue_request *request)
{
	member_beat(fence_of(request)->member);
}

static const struct issue_fence_ops fence_ops = {
	.claim = claim_lineage,
	.begin = begin_order,
	.confirm = confirm_step,
	.publish = publish_cert,
	.fail = end_attempt,
	.beat = beat_lease,
};

void fence_put(struct issue_request *request, struct member *member)
{
	struct fence *fence;

	if (!request->lineage || !renewal_state_generation(lineage_conf(request->lineage)) ||
	    settings_flag(request->settings, "dry_run"))
		return;
	fence = XNEW(struct fence);
	fence->base.ops = &fence_ops;
	fence->member = member;
	strbuf_init(&fence->csr);
	request->fence = &fence->base;
}

void fence_drop(struct issue_request *request)
{
	struct fence *fence;

	if (!request->fence)
		return;
	fence = fence_of(request);
	turns_stop(&fence->turns);
	orders_settle(fence->member);
	strbuf_release(&fence->csr);
	free(fence->resumes);
	free(fence->order_url);
	free(fence);
	request->fence = NULL;
}
