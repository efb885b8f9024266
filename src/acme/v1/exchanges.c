/*
 * Accounts and revocation in ACME v1 (see exchanges.h).
 *
 * All of these can safely be repeated: a second new-reg is refused with the account of the first.
 */
#include "acme/v1/exchanges.h"

#include <string.h>

#include "acme/account_steps.h"
#include "acme/server_parts.h"
#include "acme/v1/payload.h"
#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/base64.h"
#include "codec/headers.h"

enum subject {
	SUBJECT_CREATE,
	SUBJECT_LOOK,  /* at an account that was there already */
	SUBJECT_AGREE, /* to the terms */
};

/* Repeatable, all of them: creating an account again gives 409 with its URL, and the others set
 * what is set already. */
static void post_resource(struct acme_exchange *exchange, const char *url, struct json *own_payload,
			  enum subject subject)
{
	AUTO_FREE char *text = acme_v1_print(own_payload);
	const struct acme_call_spec spec = {
		.method = ACME_POST,
		.url = url,
		.payload = text,
		.key = exchange->key,
		.flags = ACME_CALL_REPEATABLE,
		.subject = subject,
	};

	acme_exchange_call(exchange, &spec);
}

/* Posts to the account; takes over the payload also when there is none. */
static int post_account(struct acme_exchange *exchange, struct json *own_payload,
			enum subject subject, struct error *err)
{
	AUTO(json) struct json *payload = own_payload;
	const char *url = acme_account_url(exchange, err);

	if (!url)
		return err->code;
	post_resource(exchange, url, STEAL(payload), subject);
	return 0;
}

static int begin_create(struct acme_exchange *exchange, struct error *err)
{
	const char *url = acme_server_resource(exchange->server, ACME_NEW_ACCOUNT, err);
	struct json *payload;

	if (!url)
		return err->code;
	payload = acme_v1_payload("new-reg");
	if (exchange->contacts.count)
		acme_account_set_contacts(payload, &exchange->contacts);
	post_resource(exchange, url, payload, SUBJECT_CREATE);
	return 0;
}

/* The terms that the reply names, if the account in its body, which may be NULL, has not agreed to
 * them. */
static void note_terms(struct acme_exchange *exchange, const struct acme_answer *answer)
{
	const struct json *account = answer->reply->json;
	const char *agreement = json_text(json_member(account, "agreement"));
	AUTO(strvec) struct strvec terms = STRVEC_INIT;

	headers_links(&answer->reply->headers, exchange->server->directory.urls[ACME_NEW_ACCOUNT],
		      "terms-of-service", &terms);
	REPLACE(exchange->terms, NULL);
	if (terms.count && !str_eq_or_null(agreement, terms.items[0]))
		exchange->terms = xstrdup(terms.items[0]);
}

/* Agrees to the terms that the user has seen. Others are for the caller to ask about. */
static int agree_or_end(struct acme_exchange *exchange, const struct acme_answer *answer,
			struct error *err)
{
	const char *seen = acme_server_meta(exchange->server)->terms_of_service;
	struct json *payload;

	if (!exchange->terms || !exchange->agree_terms || !str_eq_or_null(seen, exchange->terms))
		return acme_exchange_keep(exchange, answer);
	payload = acme_v1_payload("reg");
	json_set_string(payload, "agreement", exchange->terms);
	REPLACE(exchange->terms, NULL);
	return post_account(exchange, payload, SUBJECT_AGREE, err) < 0 ? err->code
								       : ACME_PROGRESS_AGAIN;
}

/* A key that has an account gets its URL with 409, but not what it has agreed to. */
static int take_new(struct acme_exchange *exchange, struct acme_answer *answer, struct error *err)
{
	bool exists = answer->kind == ACME_ANSWER_REFUSED && answer->reply->status == 409;

	if (answer->kind != ACME_ANSWER_OK && !exists)
		return acme_answer_to_error(answer, exchange->kind->doing, NULL, err);
	if (acme_account_take_url(exchange, answer, err) < 0)
		return error_wrap(err, "cannot %s", exchange->kind->doing);
	if (!exists) {
		note_terms(exchange, answer);
		return agree_or_end(exchange, answer, err);
	}
	return post_account(exchange, acme_v1_payload("reg"), SUBJECT_LOOK, err) < 0
		       ? err->code
		       : ACME_PROGRESS_AGAIN;
}

static int finish_create(struct acme_exchange *exchange, struct acme_answer *answer,
			 struct error *err)
{
	if (answer->subject == SUBJECT_CREATE)
		return take_new(exchange, answer, err);
	if (answer->kind != ACME_ANSWER_OK)
		return acme_answer_to_error(answer,
					    answer->subject == SUBJECT_AGREE
						    ? "agree to the terms of service"
						    : "read the account",
					    NULL, err);
	if (acme_account_check(answer, err) < 0)
		return error_wrap(err, "cannot %s", exchange->kind->doing);
	if (answer->subject == SUBJECT_AGREE)
		return acme_exchange_keep(exchange, answer);
	note_terms(exchange, answer);
	return agree_or_end(exchange, answer, err);
}

const struct acme_exchange_kind acme_v1_create_kind = {
	.doing = "create an account",
	.begin = begin_create,
	.finish = finish_create,
};

/* onlyReturnExisting came with v2; asking in v1 would create the account. */
static int begin_find(struct acme_exchange *exchange, struct error *err)
{
	error_set(err, ERR_CONFIG,
		  "a server of ACME v1 cannot be asked whether a key has an account");
	return error_hint(err, "give the address of the CA's ACME v2 server with --server");
}

const struct acme_exchange_kind acme_v1_find_kind = {
	.doing = "find the account",
	.begin = begin_find,
	.finish = acme_exchange_finish_plain,
};

static int begin_query(struct acme_exchange *exchange, struct error *err)
{
	return post_account(exchange, acme_v1_payload("reg"), SUBJECT_LOOK, err);
}

static int finish_query(struct acme_exchange *exchange, struct acme_answer *answer,
			struct error *err)
{
	if (answer->kind == ACME_ANSWER_OK)
		note_terms(exchange, answer);
	return acme_exchange_finish_plain(exchange, answer, err);
}

const struct acme_exchange_kind acme_v1_query_kind = {
	.doing = "read the account",
	.begin = begin_query,
	.finish = finish_query,
};

/* An update sends contacts only: what is left out stays, including the agreement. */
static int begin_update(struct acme_exchange *exchange, struct error *err)
{
	struct json *payload = acme_v1_payload("reg");

	acme_account_set_contacts(payload, &exchange->contacts);
	return post_account(exchange, payload, SUBJECT_LOOK, err);
}

const struct acme_exchange_kind acme_v1_update_kind = {
	.doing = "update the account",
	.begin = begin_update,
	.finish = acme_exchange_finish_plain,
};

static int begin_agreement(struct acme_exchange *exchange, struct error *err)
{
	struct json *payload = acme_v1_payload("reg");

	json_set_string(payload, "agreement", exchange->agreement);
	return post_account(exchange, payload, SUBJECT_AGREE, err);
}

const struct acme_exchange_kind acme_v1_agree_kind = {
	.doing = "agree to the terms of service",
	.begin = begin_agreement,
	.finish = acme_exchange_finish_plain,
};

static int begin_deactivation(struct acme_exchange *exchange, struct error *err)
{
	struct json *payload = acme_v1_payload("reg");

	json_set_string(payload, "status", "deactivated");
	return post_account(exchange, payload, SUBJECT_LOOK, err);
}

const struct acme_exchange_kind acme_v1_deactivate_kind = {
	.doing = "deactivate the account",
	.begin = begin_deactivation,
	.finish = acme_account_finish_deactivation,
};

/* A negative reason means that none was given; 0 means "unspecified", which RFC 5280 5.3.1 would
 * have left out. */
static int begin_revocation(struct acme_exchange *exchange, struct error *err)
{
	const char *url = acme_server_resource(exchange->server, ACME_REVOKE_CERT, err);
	AUTO(strbuf) struct strbuf certificate = STRBUF_INIT;
	struct json *payload;

	if (!url)
		return err->code;
	base64url_encode(&certificate, exchange->cert_der.text, exchange->cert_der.len);
	payload = acme_v1_payload("revoke-cert");
	json_set_string(payload, "certificate", certificate.text);
	if (exchange->reason >= 0)
		json_set_int(payload, "reason", exchange->reason);
	post_resource(exchange, url, payload, SUBJECT_LOOK);
	return 0;
}

/* There is no problem type for "already revoked"; the status tells. */
static int finish_revocation(struct acme_exchange *exchange, struct acme_answer *answer,
			     struct error *err)
{
	bool revoked = answer->kind == ACME_ANSWER_REFUSED && answer->reply->status == 409;

	if (revoked && answer->maybe_done)
		return ACME_PROGRESS_END;
	if (acme_exchange_finish_plain(exchange, answer, err) >= 0)
		return ACME_PROGRESS_END;
	if (revoked) {
		REPLACE(err->problem_type, xstrdup("alreadyRevoked"));
		error_recode(err, ERR_EXISTS);
	}
	return err->code;
}

const struct acme_exchange_kind acme_v1_revoke_kind = {
	.doing = "revoke the certificate",
	.begin = begin_revocation,
	.finish = finish_revocation,
};
