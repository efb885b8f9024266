/*
 * INWX, JSON-RPC (https://www.inwx.de/en/help/apidoc): one record per value, one request per
 * record, within a session identified by a cookie. Answers have status 200 and a code of their own,
 * 1000 and more for success.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "crypto/totp.h"
#include "dns/api/actions.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"
#include "dns/api/token.h"

enum {
	SESSION_SECONDS = 15 * 60, /* how long a session is assumed to last */
	SUCCESS_END = 2000,
};

static int64_t code_of(const struct dns_reply *reply)
{
	int64_t code = 0;

	json_int(json_member(reply->json, "code"), &code);
	return code;
}

static enum dns_verdict judge(const struct dns_reply *reply)
{
	switch (code_of(reply)) {
	case 2200: /* authentication error */
		return DNS_DENIED;
	case 2302:
		return DNS_EXISTS;
	case 2303:
		return DNS_UNKNOWN;
	default:
		return code_of(reply) < SUCCESS_END ? DNS_AS_STATUS : DNS_REFUSED;
	}
}

/* {"code": 2003, "msg": "...", "reason": "..."}. */
static void explain(const struct json *answer, struct strbuf *out)
{
	AUTO_FREE char *code = dns_answer_id(answer, "code");
	const char *reason = dns_answer_text(answer, "reason");

	strbuf_addf(out, "%s: %s%s%s", code ? code : "", dns_answer_text(answer, "msg"),
		    *reason ? ": " : "", reason);
}

static int send_method(struct dns_session *session, const char *method, struct json *params,
		       struct dns_call call, struct dns_reply *ret_reply, struct error *err)
{
	AUTO(json) struct json *body = json_object_new();

	json_set_string(body, "method", method);
	json_set(body, "params", json_share(params));
	call.method = HTTP_POST;
	call.url = "/jsonrpc/";
	call.json = body;
	call.flags |= DNS_CALL_REPEATABLE;
	return dns_call(session, &call, ret_reply, err);
}

/* The second factor. A password counts once: after a refusal the next one is tried. */
static int unlock_account(struct dns_session *session, const char *cookie, struct error *err)
{
	const char *secret = dns_credential(session, "shared_secret");
	AUTO(headers) struct headers headers = HEADERS_INIT;

	if (!secret)
		return error_set(err, ERR_CONFIG,
				 "%s: the account has a second factor, so dns_inwx_shared_secret "
				 "is needed",
				 dns_credentials_path(session));
	headers_add(&headers, "Cookie", cookie);
	for (int attempt = 0;; attempt++) {
		AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
		AUTO(json) struct json *params = json_object_new();
		AUTO(strbuf) struct strbuf password = STRBUF_INIT;
		int64_t now = dns_now(session);
		int rc;

		totp_password(secret, now, &password);
		json_set_string(params, "tan", password.text);
		rc = send_method(session, "account.unlock", params,
				 (struct dns_call){.what = "log in with the second factor",
						   .headers = &headers,
						   .flags = DNS_CALL_ANONYMOUS},
				 &reply, err);
		if (rc != ERR_CONFIG || attempt)
			return rc;
		error_release(err);
		if (dns_pause(session, 1000 * (TOTP_SECONDS - now % TOTP_SECONDS), err) < 0)
			return err->code;
	}
}

static int log_in(struct dns_session *session, struct dns_token *ret_token, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *params = json_object_new();
	AUTO_FREE char *cookie = NULL;
	const char *field, *factor;

	json_set_string(params, "user", dns_credential(session, "username"));
	json_set_string(params, "pass", dns_credential(session, "password"));
	if (send_method(session, "account.login", params,
			(struct dns_call){.what = "log in", .flags = DNS_CALL_ANONYMOUS}, &reply,
			err) < 0)
		return err->code;
	field = headers_get(&reply.headers, "Set-Cookie");
	if (!field)
		return dns_bad_answer(session, "log in", "expected a cookie", err);
	cookie = xstrndup(field, strcspn(field, ";"));
	dns_hide(session, cookie);
	factor = dns_answer_text(json_member(reply.json, "resData"), "tfa");
	if (*factor && strcmp(factor, "0") != 0 && unlock_account(session, cookie, err) < 0)
		return err->code;
	dns_token_set(session, ret_token, cookie, SESSION_SECONDS);
	return 0;
}

/* The address of Certbot's plugin is that of XML-RPC. */
static int open_session(struct dns_session *session, struct error *err)
{
	int rc = dns_use_endpoint(session, "url", "/", err);
	char *path = rc == 0 && session->endpoint
			     ? strchr(strstr(session->endpoint, "://") + 3, '/')
			     : NULL;
	const char *secret = dns_credential(session, "shared_secret");
	AUTO(strbuf) struct strbuf password = STRBUF_INIT;

	if (path)
		*path = '\0';
	if (rc < 0 || dns_open_token(session, err) < 0)
		return rc;
	if (secret && !totp_password(secret, dns_now(session), &password))
		return error_set(err, ERR_CONFIG, "%s: dns_inwx_shared_secret is not base32",
				 dns_credentials_path(session));
	return 0;
}

/* Calls a method of the session. One that has ended meanwhile is replaced. */
static int call_method(struct dns_session *session, const struct dns_action *action,
		       struct json *params, struct dns_reply *ret_reply, struct error *err)
{
	const struct dns_call call = {.what = action->what};
	struct dns_token *cookie = session->state;
	int rc = send_method(session, action->name, params, call, ret_reply, err);

	if (rc != ERR_CONFIG || code_of(ret_reply) != 2200)
		return rc;
	error_release(err);
	cookie->expires = 0;
	return send_method(session, action->name, params, call, ret_reply, err);
}

static const struct dns_action_calls action_calls = {
	.send = call_method,
	.find = "nameserver.info",
	.find_with = {"type", "SOA"},
	.list = "nameserver.info",
	.add = "nameserver.createRecord",
	.remove = "nameserver.deleteRecord",
	.zone = "domain",
	.list_type = "type",
	.list_name = "name",
	.path = {"resData", "record"},
	.id = "id",
	.id_is_enough = true,
};

static const struct dns_record_calls record_calls = {
	.shape = {.name = "name", .value = "content", .ttl = "ttl"},
	DNS_RECORDS_BY_ACTION,
};

const struct dns_provider dns_inwx = {
	DNS_SERVICE("inwx", "INWX", "360"),
	DNS_CREDENTIALS({"username", "name of the account", false, true},
			{"password", "its password"},
			{"shared_secret", "the secret of its second factor, if it has one", true},
			{"url", "address of the API, https://api.domrobot.com", true, true}),
	.credentials_source = "inwx.de, a sub-account that manages name servers",
	.ttl = 300,
	.base_url = "https://api.domrobot.com",
	.authorize = dns_authorize_session,
	.token_field = "Cookie",
	.log_in = log_in,
	.explain = explain,
	.judge = judge,
	.login_hint = "check dns_inwx_username, dns_inwx_password and dns_inwx_shared_secret",
	.open = open_session,
	.close = dns_close_token,
	.action_calls = &action_calls,
	.find_zone = dns_find_zone_by_action,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
