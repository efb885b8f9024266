/*
 * Revocation (RFC 8555 section 7.6), signed by the account or by the certificate's own key.
 */
#include <string.h>

#include "acme/account.h"
#include "acme/exchange_parts.h"
#include "acme/server_parts.h"
#include "acme/v1/exchanges.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/base64.h"
#include "codec/json.h"

/* With the certificate's key no account is needed (RFC 8555 section 7.6): whoever holds the key may
 * revoke. Without a reason the member is left out, and the CA leaves the reason out of its CRL,
 * too. */
static int begin_revocation(struct acme_exchange *exchange, struct error *err)
{
	AUTO(json) struct json *payload = json_object_new();
	AUTO(strbuf) struct strbuf certificate = STRBUF_INIT;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct acme_call_spec spec = {
		.method = ACME_POST,
		.url = acme_server_resource(exchange->server, ACME_REVOKE_CERT, err),
		.key = exchange->key,
		.flags = ACME_CALL_REPEATABLE | (exchange->key ? ACME_CALL_WITH_JWK : 0),
	};

	if (!spec.url)
		return err->code;
	base64url_encode(&certificate, exchange->cert_der.text, exchange->cert_der.len);
	json_set_string(payload, "certificate", certificate.text);
	if (exchange->reason >= 0)
		json_set_int(payload, "reason", exchange->reason);
	json_print(payload, JSON_COMPACT, &text);
	spec.payload = text.text;
	acme_exchange_call(exchange, &spec);
	return 0;
}

/* "Already revoked" to a repeat after a lost reply is what the first request did. */
static int finish_revocation(struct acme_exchange *exchange, struct acme_answer *answer,
			     struct error *err)
{
	AUTO_FREE char *type = NULL;

	if (answer->kind == ACME_ANSWER_REFUSED && answer->maybe_done) {
		type = acme_problem_type(answer->reply);
		if (str_eq_or_null(type, "alreadyRevoked"))
			return ACME_PROGRESS_END;
	}
	return acme_exchange_finish_plain(exchange, answer, err);
}

static const struct acme_exchange_kind revoke_kind = {
	.doing = "revoke the certificate",
	.begin = begin_revocation,
	.finish = finish_revocation,
	.v1 = &acme_v1_revoke_kind,
};

struct acme_exchange *acme_revoke(struct acme_server *server, const char *cert_der, size_t der_len,
				  int reason, const struct key *cert_key)
{
	struct acme_exchange *exchange = acme_exchange_new(server, &revoke_kind);

	strbuf_add(&exchange->cert_der, cert_der, der_len);
	exchange->reason = reason;
	exchange->key = cert_key;
	return exchange;
}
