/*
 * Changes the account key (RFC 8555 section 7.3.5): a JWS signed by the new key inside one signed
 * by the old key.
 *
 * A keyChange whose reply was lost is not sent again, because the old key may no longer be valid.
 * Instead the CA is asked which account the new key belongs to.
 */
#include <string.h>

#include "acme/account.h"
#include "acme/exchange_parts.h"
#include "acme/server_parts.h"
#include "base/alloc.h"
#include "codec/json.h"
#include "crypto/key/jws.h"

/* Each is a keyChange and, after a loss, a question. */
enum { MAX_TRIES = 3 };

enum subject {
	SUBJECT_CHANGE,
	SUBJECT_CHECK,
};

/* The old key in the payload protects against a change that was prepared for another key (RFC 8555
 * section 7.3.5). */
static int inner_payload(const struct acme_exchange *exchange, struct strbuf *out,
			 struct error *err)
{
	AUTO(json) struct json *payload = json_object_new();
	AUTO(strbuf) struct strbuf jwk = STRBUF_INIT;
	struct json *old_key;

	jwk_public(exchange->server->key, &jwk);
	if (json_parse(jwk.text, jwk.len, "old key", &old_key, err) < 0)
		return err->code;
	json_set_string(payload, "account", exchange->server->account_url);
	json_set(payload, "oldKey", old_key);
	json_print(payload, JSON_COMPACT, out);
	return 0;
}

/* The inner JWS has no nonce, and the URL of the outer one (RFC 8555 section 7.3.5). */
static int begin_rollover(struct acme_exchange *exchange, struct error *err)
{
	AUTO(strbuf) struct strbuf payload = STRBUF_INIT;
	AUTO(strbuf) struct strbuf inner = STRBUF_INIT;
	struct jws_header header = {.nonce = NULL};
	struct acme_call_spec spec = {.method = ACME_POST, .subject = SUBJECT_CHANGE};

	if (!exchange->server->account_url)
		return error_set(err, ERR_REFUSED, "there is no account");
	header.url = acme_server_resource(exchange->server, ACME_KEY_CHANGE, err);
	if (!header.url || inner_payload(exchange, &payload, err) < 0 ||
	    jws_sign(exchange->key, &header, payload.text, &inner, err) < 0)
		return err->code;
	spec.url = header.url;
	spec.payload = inner.text;
	exchange->tries++;
	acme_exchange_call(exchange, &spec);
	return 0;
}

/* Asks which account has the new key. Only the new key itself may ask. */
static int check(struct acme_exchange *exchange)
{
	const struct acme_call_spec spec = {
		.method = ACME_POST,
		.url = exchange->server->directory.urls[ACME_NEW_ACCOUNT],
		.payload = "{\"onlyReturnExisting\":true}",
		.key = exchange->key,
		.flags = ACME_CALL_WITH_JWK | ACME_CALL_REPEATABLE,
		.subject = SUBJECT_CHECK,
	};

	acme_exchange_call(exchange, &spec);
	return ACME_PROGRESS_AGAIN;
}

/* From here on only the new key signs. The caller wrote it to the disk before the request was sent
 * (account_stage_key()): a key that the CA knows must not exist in memory only. */
static int changed(struct acme_exchange *exchange, const struct acme_answer *answer)
{
	acme_server_set_key(exchange->server, exchange->key);
	return acme_exchange_keep(exchange, answer);
}

static int finish_change(struct acme_exchange *exchange, struct acme_answer *answer,
			 struct error *err)
{
	if (answer->kind == ACME_ANSWER_OK)
		return changed(exchange, answer);
	if (answer->kind == ACME_ANSWER_LOST && exchange->tries < MAX_TRIES)
		return check(exchange);
	acme_answer_to_error(answer, exchange->kind->doing, NULL, err);
	/* RFC 8555: 409 says that another account has the key, with or without a document. */
	if (answer->kind == ACME_ANSWER_REFUSED && answer->reply->status == 409)
		error_recode(err, ERR_EXISTS);
	return err->code;
}

/* Our own account: the first request arrived. Another's: nothing was changed and nothing must be.
 * None: the request was lost on its way, and is sent again. */
static int finish_check(struct acme_exchange *exchange, struct acme_answer *answer,
			struct error *err)
{
	AUTO_FREE char *type = NULL;
	const char *url;

	if (answer->kind == ACME_ANSWER_OK) {
		url = headers_get(&answer->reply->headers, "Location");
		if (url && strcmp(url, exchange->server->account_url) == 0)
			return changed(exchange, answer);
		return error_set(err, ERR_EXISTS, "cannot %s: the new key already has an account",
				 exchange->kind->doing);
	}
	if (answer->kind == ACME_ANSWER_REFUSED)
		type = acme_problem_type(answer->reply);
	if (!type || strcmp(type, "accountDoesNotExist") != 0)
		return acme_answer_to_error(answer, exchange->kind->doing, NULL, err);
	if (begin_rollover(exchange, err) < 0)
		return error_wrap(err, "cannot %s", exchange->kind->doing);
	return ACME_PROGRESS_AGAIN;
}

static int finish_rollover(struct acme_exchange *exchange, struct acme_answer *answer,
			   struct error *err)
{
	return answer->subject == SUBJECT_CHECK ? finish_check(exchange, answer, err)
						: finish_change(exchange, answer, err);
}

static const struct acme_exchange_kind rollover_kind = {
	.doing = "change the account key",
	.begin = begin_rollover,
	.finish = finish_rollover,
};

struct acme_exchange *acme_account_rollover(struct acme_server *server, const struct key *new_key)
{
	struct acme_exchange *exchange = acme_exchange_new(server, &rollover_kind);

	exchange->key = new_key;
	return exchange;
}
