/*
 * Accounts (RFC 8555 section 7.3): create, find, read, change, deactivate. Key change is in
 * rollover.c.
 *
 * All of these can safely be repeated: a second newAccount returns the account of the first, and
 * setting the same contacts or deactivating twice changes nothing.
 */
#include "acme/account.h"

#include <string.h>

#include "acme/account_steps.h"
#include "acme/exchange_parts.h"
#include "acme/server_parts.h"
#include "acme/v1/exchanges.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/json.h"
#include "codec/url.h"
#include "crypto/key/jws.h"

static const struct acme_exchange_kind directory_kind = {.doing = "read the directory"};

struct acme_exchange *acme_directory_fetch(struct acme_server *server)
{
	return acme_exchange_new(server, &directory_kind);
}

/* Starts a POST of the payload; NULL is POST-as-GET. Everything in this file may be repeated (see
 * above), so one flag serves all. */
static void post_payload(struct acme_exchange *exchange, const char *url,
			 const struct json *payload, unsigned flags)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct acme_call_spec spec = {
		.method = ACME_POST,
		.url = url,
		.flags = flags | ACME_CALL_REPEATABLE,
	};

	if (payload)
		json_print(payload, JSON_COMPACT, &text);
	spec.payload = text.text;
	acme_exchange_call(exchange, &spec);
}

/* The binding is a JWS inside the payload (RFC 8555 section 7.3.4). It is made into an object
 * first, so that the payload is printed as one document. */
static int set_binding(struct acme_exchange *exchange, const char *url, struct json *payload,
		       struct error *err)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct json *binding;

	if (jws_bind_account(exchange->server->key, url, exchange->binding, &text, err) < 0 ||
	    json_parse(text.text, text.len, "binding", &binding, err) < 0)
		return err->code;
	json_set(payload, "externalAccountBinding", binding);
	return 0;
}

/* Asking for the binding before the request spares the user a refusal that costs a place in the
 * CA's limit of new accounts. */
static int begin_create(struct acme_exchange *exchange, struct error *err)
{
	AUTO(json) struct json *payload = json_object_new();
	const char *url = acme_server_resource(exchange->server, ACME_NEW_ACCOUNT, err);

	if (!url)
		return err->code;
	if (acme_server_meta(exchange->server)->external_account_required && !exchange->binding) {
		error_set(err, ERR_REFUSED, "the CA requires an external account binding");
		return error_hint(err, "give --eab-kid and --eab-hmac-key");
	}
	/* Unlike in an update, there is nothing that an empty list would have to remove. */
	if (exchange->contacts.count)
		acme_account_set_contacts(payload, &exchange->contacts);
	if (exchange->agree_terms)
		json_set_bool(payload, "termsOfServiceAgreed", true);
	if (exchange->binding && set_binding(exchange, url, payload, err) < 0)
		return err->code;
	post_payload(exchange, url, payload, ACME_CALL_WITH_JWK);
	return 0;
}

/* RFC 8555 section 7.3.1: the CA answers with the account of this key, or accountDoesNotExist, and
 * never makes one. It is how an account is found again whose URL is lost or was registered by
 * another client. */
static int begin_find(struct acme_exchange *exchange, struct error *err)
{
	AUTO(json) struct json *payload = json_object_new();
	const char *url = acme_server_resource(exchange->server, ACME_NEW_ACCOUNT, err);

	if (!url)
		return err->code;
	json_set_bool(payload, "onlyReturnExisting", true);
	post_payload(exchange, url, payload, ACME_CALL_WITH_JWK);
	return 0;
}

/* newAccount gives the account URL, whether it is new or not. */
static int take_account(struct acme_exchange *exchange, const struct acme_answer *answer,
			struct error *err)
{
	if (acme_account_check(answer, err) < 0 || acme_account_take_url(exchange, answer, err) < 0)
		return err->code;
	return acme_exchange_keep(exchange, answer);
}

static int finish_new(struct acme_exchange *exchange, struct acme_answer *answer, struct error *err)
{
	if (answer->kind != ACME_ANSWER_OK) {
		acme_answer_to_error(answer, exchange->kind->doing, NULL, err);
		if (str_eq_or_null(err->problem_type, "accountDoesNotExist"))
			error_recode(err, ERR_NOT_FOUND);
		return err->code;
	}
	if (take_account(exchange, answer, err) < 0)
		return error_wrap(err, "cannot %s", exchange->kind->doing);
	return ACME_PROGRESS_END;
}

static const struct acme_exchange_kind create_kind = {
	.doing = "create an account",
	.begin = begin_create,
	.finish = finish_new,
	.v1 = &acme_v1_create_kind,
};

struct acme_exchange *acme_account_create(struct acme_server *server,
					  const struct acme_registration *registration)
{
	struct acme_exchange *exchange = acme_exchange_new(server, &create_kind);

	strvec_extend(&exchange->contacts, registration->contacts);
	exchange->agree_terms = registration->agree_terms;
	exchange->binding = registration->binding;
	return exchange;
}

static const struct acme_exchange_kind find_kind = {
	.doing = "find the account",
	.begin = begin_find,
	.finish = finish_new,
	.v1 = &acme_v1_find_kind,
};

struct acme_exchange *acme_account_find(struct acme_server *server)
{
	return acme_exchange_new(server, &find_kind);
}

static int begin_query(struct acme_exchange *exchange, struct error *err)
{
	const char *url = acme_account_url(exchange, err);

	if (!url)
		return err->code;
	post_payload(exchange, url, NULL, 0);
	return 0;
}

static const struct acme_exchange_kind query_kind = {
	.doing = "read the account",
	.begin = begin_query,
	.finish = acme_exchange_finish_plain,
	.v1 = &acme_v1_query_kind,
};

struct acme_exchange *acme_account_query(struct acme_server *server)
{
	return acme_exchange_new(server, &query_kind);
}

static int begin_update(struct acme_exchange *exchange, struct error *err)
{
	AUTO(json) struct json *payload = json_object_new();
	const char *url = acme_account_url(exchange, err);

	if (!url)
		return err->code;
	acme_account_set_contacts(payload, &exchange->contacts);
	post_payload(exchange, url, payload, 0);
	return 0;
}

static const struct acme_exchange_kind update_kind = {
	.doing = "update the account",
	.begin = begin_update,
	.finish = acme_exchange_finish_plain,
	.v1 = &acme_v1_update_kind,
};

struct acme_exchange *acme_account_update(struct acme_server *server, const struct strvec *contacts)
{
	struct acme_exchange *exchange = acme_exchange_new(server, &update_kind);

	strvec_extend(&exchange->contacts, contacts);
	return exchange;
}

struct acme_exchange *acme_account_agree(struct acme_server *server, const char *terms)
{
	struct acme_exchange *exchange = acme_exchange_new(server, &acme_v1_agree_kind);

	exchange->agreement = xstrdup(terms);
	return exchange;
}

static int begin_deactivate(struct acme_exchange *exchange, struct error *err)
{
	AUTO(json) struct json *payload = json_object_new();
	const char *url = acme_account_url(exchange, err);

	if (!url)
		return err->code;
	json_set_string(payload, "status", "deactivated");
	post_payload(exchange, url, payload, 0);
	return 0;
}

static const struct acme_exchange_kind deactivate_kind = {
	.doing = "deactivate the account",
	.begin = begin_deactivate,
	.finish = acme_account_finish_deactivation,
	.v1 = &acme_v1_deactivate_kind,
};

struct acme_exchange *acme_account_deactivate(struct acme_server *server)
{
	return acme_exchange_new(server, &deactivate_kind);
}
