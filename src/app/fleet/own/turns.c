/*
 * The turns (see turns.h). Asks are sent to the store one after the other: each takes milliseconds,
 * and the fleet relies on their order within a lineage.
 */
#include "app/fleet/own/turns.h"

#include "app/fleet/own/orders.h"
#include "base/alloc.h"
#include "base/log.h"
#include "codec/pem.h"
#include "crypto/key/token.h"
#include "os/signals.h"
#include "store/lineage/lineage_conf.h"
#include "store/renewal/renewal_state.h"

static int read_chain(const struct lineage *lineage, struct cert_chain *ret_chain,
		      struct error *err)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;

	if (lineage_read(lineage, STORE_CERT, &pem, err) < 0)
		return err->code;
	strbuf_addc(&pem, '\n');
	if (lineage_read(lineage, STORE_CHAIN, &pem, err) < 0)
		return err->code;
	return cert_chain_parse(pem.text, pem.len, ret_chain, err);
}

/* Files written by other programs may have text around the certificate, or other line ends. The
 * fleet identifies a certificate by a digest of its PEM, so it is encoded again. */
int turns_read_cert(struct lineage *lineage, struct strbuf *ret_pem, struct error *err)
{
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;
	const struct cert *cert = NULL;

	if (lineage_cert(lineage, &cert, err) < 0)
		return err->code;
	cert_to_der(cert, &der);
	pem_encode(ret_pem, "CERTIFICATE", der.text, der.len);
	return 0;
}

int turns_number(struct lineage *lineage, uint64_t generation, struct error *err)
{
	if (renewal_state_generation(lineage_conf(lineage)) == generation)
		return 0;
	renewal_state_set_generation(lineage_conf(lineage), generation);
	return lineage_save_conf(lineage, err);
}

int turns_begin(struct turns *turns, struct member *member, const char *name,
		struct lineage *lineage, const struct turns_order *order, struct error *err)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO_FREE char *digest = NULL;
	const struct cert *cert = NULL;
	struct fleet_local local = {.name = name};

	*turns = (struct turns){.member = member, .lineage = lineage};
	if (lineage)
		local.generation = renewal_state_generation(lineage_conf(lineage));
	if (local.generation) {
		if (turns_read_cert(lineage, &pem, err) < 0 ||
		    lineage_cert(lineage, &cert, err) < 0)
			return err->code;
		digest = fleet_record_digest(pem.text);
		local.digest = digest;
		local.not_after = cert_not_after(cert);
	}
	if (order) {
		local.forced = order->forced;
		local.server = order->server;
		orders_recall(member, order->server);
	}
	member_end_stale_lease(member);
	turns->node = fleet_node_new(&member->session, &local);
	member->turns++;
	fleet_node_step(turns->node, NULL, member_now(member), &turns->action);
	return turns_reply(turns, NULL, err);
}

/* Waits only once for a store that does not answer. */
static void give_back(struct turns *turns)
{
	AUTO(fleet_ask) struct fleet_ask ask = {.kind = FLEET_TXN};
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};
	bool is_silent = turns->member->silent_ms != 0;

	if (!fleet_node_ask_leave(turns->node, &ask))
		return;
	if (!is_silent)
		member_perform(turns->member, &ask, &answer);
	if (is_silent || answer.outcome != FLEET_DONE)
		turns->member->session.must_end = true;
}

void turns_stop(struct turns *turns)
{
	if (!turns->node)
		return;
	give_back(turns);
	turns->member->turns--;
	fleet_node_free(STEAL(turns->node));
}

/* A server would not start with a certificate and the key of another one. */
static bool is_pair(const struct cert_chain *chain, const struct key *key)
{
	AUTO(strbuf) struct strbuf digest = STRBUF_INIT;

	key_public_digest(key, &digest);
	return cert_chain_is_for(chain, &digest);
}

int turns_read_generation(struct lineage *lineage, struct fleet_record *ret_record,
			  struct error *err)
{
	AUTO(cert_chain) struct cert_chain chain = CERT_CHAIN_INIT;
	AUTO(key) struct key *key = NULL;

	if (read_chain(lineage, &chain, err) < 0 || lineage_read_key(lineage, &key, err) < 0)
		return err->code;
	/* The others could do nothing with the name of a key that is in this machine's token. */
	if (key_require_private(key, "a certificate of a fleet", err) < 0)
		return err->code;
	if (!is_pair(&chain, key))
		return error_set(err, ERR_REFUSED, "the key of '%s' is not that of its certificate",
				 lineage_name(lineage));
	ret_record->cert = xstrdup(chain.leaf_pem.text);
	ret_record->chain = xstrdup(chain.rest_pem.text);
	ret_record->not_after = chain.leaf_not_after;
	key_to_pem(key, &ret_record->key);
	return 0;
}

/* It comes from the fleet itself, so it is parsed here. */
int turns_fill_request(const struct fleet_record *record, struct issue_request *request,
		       struct error *err)
{
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;
	AUTO(key) struct key *key = NULL;

	strbuf_addf(&pem, "%s\n%s", record->cert, record->chain);
	cert_chain_release(&request->chain);
	if (cert_chain_parse(pem.text, pem.len, &request->chain, err) < 0 ||
	    key_from_pem(secret_peek(&record->key), record->key.len, &key, err) < 0)
		return error_wrap(err, "cannot use generation %llu of the fleet",
				  (unsigned long long)record->generation);
	if (key_require_private(key, "a certificate of a fleet", err) < 0)
		return err->code;
	if (!is_pair(&request->chain, key))
		return error_set(err, ERR_REFUSED,
				 "the key of generation %llu in the fleet is not that of its "
				 "certificate",
				 (unsigned long long)record->generation);
	key_free(request->key);
	request->key = STEAL(key);
	request->generation = record->generation;
	return 0;
}

/* Everything else waits during this pause, so a silent store is waited for once, and not for each
 * lineage. */
static int wait_until(struct turns *turns, struct error *err)
{
	const struct clock *clock = turns->member->network->clock;

	if (member_is_away(turns->member))
		return error_set(err, ERR_NETWORK, "the fleet's store does not answer");
	if (clock->sleep_until(clock->context, turns->action.wait_until_ms) < 0 ||
	    signals_pending())
		return error_set(err, ERR_CANCELLED, "stopped by a signal");
	return 0;
}

/* Performs an action that does not need the caller. Returns 1 for an action that does. The process
 * may be suspended between two actions for any time: the machine allows for that. */
static int perform_action(struct turns *turns, struct error *err)
{
	AUTO(fleet_answer) struct fleet_answer answer = {.outcome = FLEET_DONE};
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
	AUTO(error) struct error unread = ERROR_INIT;
	struct fleet_reply reply = {.result = FLEET_OK, .answer = &answer, .record = &record};
	struct member *member = turns->member;
	bool waits = turns->action.kind == FLEET_WAIT;

	log_debug("fleet: %s", fleet_node_state_name(turns->node));
	if (waits && wait_until(turns, err) < 0)
		return err->code;
	if (turns->action.kind == FLEET_ASK)
		member_perform(member, turns->action.ask, &answer);
	else if (turns->action.kind == FLEET_LEASE && member_renew_lease(member))
		reply.result = FLEET_OK;
	else if (turns->action.kind == FLEET_LEASE && error_is_set(&member->refusal))
		return error_copy(err, &member->refusal);
	else if (turns->action.kind == FLEET_LEASE)
		reply.result = FLEET_UNCLEAR;
	else if (turns->action.kind == FLEET_GIVE &&
		 turns_read_generation(turns->lineage, &record, &unread) < 0) {
		log_warning("%s", unread.text);
		reply.result = FLEET_INVALID;
	} else if (turns->action.kind != FLEET_GIVE && !waits) {
		return 1;
	}
	fleet_node_step(turns->node, waits ? NULL : &reply, member_now(member), &turns->action);
	return 0;
}

int turns_reply(struct turns *turns, struct fleet_reply *reply, struct error *err)
{
	int rc;

	if (reply)
		fleet_node_step(turns->node, reply, member_now(turns->member), &turns->action);
	while ((rc = perform_action(turns, err)) == 0) {
	}
	return rc < 0 ? rc : 0;
}

int turns_judge(const struct turns *turns, struct error *err)
{
	const struct error *reason = fleet_node_error(turns->node);

	switch (turns->action.end) {
	case FLEET_END_CURRENT:
	case FLEET_END_RENEWED:
		return 0;
	case FLEET_END_BUSY:
		return error_set(err, ERR_BUSY, "another machine of the fleet is renewing it");
	case FLEET_END_LATER:
		return error_set(err, ERR_BUSY, "the fleet's last try has failed lately");
	case FLEET_END_AWAY:
		return error_set(err, ERR_NETWORK, "the fleet's store does not answer");
	case FLEET_END_UNSETTLED:
		return error_set(err, ERR_BUSY,
				 "the CA has not said what becomes of its order; the "
				 "next renew of any machine goes on with it");
	case FLEET_END_REPLACED:
		error_set(
			err, ERR_REFUSED,
			"the CA says that this certificate was replaced already, and no machine of "
			"the fleet has the new one");
		return error_hint(err, "with --force-renewal another one is ordered");
	case FLEET_END_POSTPONED:
	case FLEET_END_FULL:
	case FLEET_END_DENIED:
	case FLEET_END_REFUSED:
	case FLEET_END_FAILED:
		break;
	}
	if (error_is_set(reason))
		return error_copy(err, reason);
	return error_set(err, ERR_REFUSED, "the fleet could not renew it");
}
