/*
 * Access tokens (see token.h). A token is renewed a little before it ends, so that none ends
 * between the check and the arrival of the request.
 */
#include "dns/api/token.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/strbuf.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/provider.h"

enum {
	MARGIN_SECONDS = 120, /* tokens are renewed this long before they end */
};

int dns_open_token(struct dns_session *session, struct error *err)
{
	session->state = XNEW(struct dns_token);
	return 0;
}

void dns_close_token(struct dns_session *session)
{
	struct dns_token *token = session->state;

	if (token)
		secret_release(&token->text);
	free(token);
}

bool dns_token_ends(const struct dns_session *session, const struct dns_token *token)
{
	return dns_now(session) >= token->expires - MARGIN_SECONDS;
}

int dns_token_renew(struct dns_session *session, struct dns_token *token, struct error *err)
{
	struct dns_session alone = *session;

	if (!dns_token_ends(session, token))
		return 0;
	/* No other task runs meanwhile. */
	alone.worker = NULL;
	alone.zone = NULL;
	return session->provider->log_in(&alone, token, err);
}

void dns_token_forget(struct dns_token *token, unsigned number)
{
	if (token->number == number)
		token->expires = 0;
}

/* "Too many requests" gets the hint too: it is what some say of a wrong password. */
int dns_token_denied(struct dns_session *session, struct error *err)
{
	if (err->code == ERR_PLUGIN || err->code == ERR_RATE_LIMITED)
		error_hint(err, "%s", session->provider->login_hint);
	return err->code == ERR_PLUGIN ? error_recode(err, ERR_CONFIG) : err->code;
}

int dns_authorize_session(struct dns_session *session, const struct dns_outgoing *request,
			  struct headers *headers, struct error *err)
{
	struct dns_token *token = session->state;

	if (dns_token_renew(session, token, err) < 0)
		return err->code;
	dns_add_token(session->provider, secret_peek(&token->text), headers);
	return 0;
}

void dns_token_set(struct dns_session *session, struct dns_token *token, const char *text,
		   int64_t lifetime)
{
	dns_hide(session, text);
	secret_set(&token->text, text, strlen(text));
	token->expires = dns_now(session) + lifetime;
	token->number++;
}

int dns_token_keep(struct dns_session *session, const char *what, const char *text,
		   int64_t lifetime, struct dns_token *ret_token, struct error *err)
{
	if (!text || !text[0])
		return dns_bad_answer(session, what, "expected a token", err);
	dns_token_set(session, ret_token, text, lifetime);
	return 0;
}

int dns_token_fetch(struct dns_session *session, const char *url, struct strbuf *form,
		    struct dns_token *ret_token, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	struct dns_session alone = *session;
	const struct dns_call call = {
		.what = "log in", .url = url, .flags = DNS_CALL_ANONYMOUS | DNS_CALL_REPEATABLE};

	alone.zone = NULL;
	if (dns_post_form(&alone, call, form, &reply, err) < 0)
		return err->code;
	return dns_token_take(&alone, call.what, reply.json, ret_token, err);
}

/* A number, or a number as text. */
static bool read_seconds(const struct json *member, int64_t *ret_seconds)
{
	const char *text = json_text(member);

	return text ? str_to_int64(text, 1, INT64_MAX / 2, ret_seconds)
		    : json_int(member, ret_seconds);
}

int dns_token_take(struct dns_session *session, const char *what, const struct json *answer,
		   struct dns_token *ret_token, struct error *err)
{
	const char *text = dns_answer_text(answer, "access_token");
	int64_t lifetime = 0, end = 0;

	if (!read_seconds(json_member(answer, "expires_in"), &lifetime) &&
	    !read_seconds(json_member(answer, "expires_on"), &end))
		return dns_bad_answer(session, what, "expected a token", err);
	return dns_token_keep(session, what, text, end ? end - dns_now(session) : lifetime,
			      ret_token, err);
}
