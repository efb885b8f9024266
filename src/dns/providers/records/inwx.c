/*
 * INWX, JSON-RPC (https://www.inwx.de/en/help/apidoc): one record per value, one request per
 * record, within a session that has a cookie. Answers have a code, 1000 and more for success.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "dns/api/actions.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"
#include "dns/api/token.h"
#include "dns/providers/second_factor.h"

enum { SESSION_SECONDS = 15 * 60 }; /* how long a session is assumed to last */

static int unlock_account(struct dns_session *session, const char *password, void *headers,
			  struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *params = json_object_new();
	const struct dns_call call = {.what = "log in with the second factor",
				      .headers = headers,
				      .flags = DNS_CALL_ANONYMOUS};

	json_set_string(params, "tan", password);
	return dns_post_action(session, "account.unlock", params, call, &reply, err);
}

static int log_in(struct dns_session *session, struct dns_token *ret_token, struct error *err)
{
	const struct dns_call call = {.what = "log in", .flags = DNS_CALL_ANONYMOUS};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(headers) struct headers headers = HEADERS_INIT;
	AUTO(json) struct json *params = json_object_new();
	AUTO_FREE char *cookie = NULL;
	const char *field, *factor;

	json_set_string(params, "user", dns_credential(session, "username"));
	json_set_string(params, "pass", dns_credential(session, "password"));
	if (dns_post_action(session, "account.login", params, call, &reply, err) < 0)
		return err->code;
	field = headers_get(&reply.headers, "Set-Cookie");
	if (!field)
		return dns_bad_answer(session, call.what, "expected a cookie", err);
	cookie = xstrndup(field, strcspn(field, ";"));
	dns_hide(session, cookie);
	headers_add(&headers, "Cookie", cookie);
	factor = dns_answer_text(json_member(reply.json, "resData"), "tfa");
	if (*factor && strcmp(factor, "0") != 0 &&
	    second_factor_give(session, unlock_account, &headers, err) < 0)
		return err->code;
	dns_token_set(session, ret_token, cookie, SESSION_SECONDS);
	return 0;
}

static const struct dns_reason reasons[] = {
	{"2200", DNS_DENIED}, /* authentication error */
	{"2302", DNS_EXISTS},
	{"2303", DNS_UNKNOWN},
};

static const struct dns_action_calls action_calls = {
	.send = dns_send_in_session,
	.url = "/jsonrpc/",
	.action = "method",
	.params = "params",
	.over = "2200",
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
	DNS_SERVICE_WITH("inwx", "INWX", "360",
			 DNS_THEIR_WORD("inwx", "follow-cnames", "follow_cnames")),
	.vendors_file.usual = "/etc/letsencrypt/inwx.cfg",
	DNS_CREDENTIALS({"username", "name of the account", false, true},
			{"password", "its password"},
			{"shared_secret", "the secret of its second factor, if it has one", true},
			{"url", "address of the API, https://api.domrobot.com", true, true}),
	.credentials_source = "inwx.de, a sub-account that manages name servers",
	.ttl = 300,
	.base_url = "https://api.domrobot.com",
	/* The address of Certbot's plugin is that of XML-RPC. */
	.endpoint = {"url", NULL, "", .drops_path = true},
	.authorize = dns_authorize_session,
	.token_field = "Cookie",
	.log_in = log_in,
	.error_shape = {.code = "code",
			.message = "msg",
			.more = "reason",
			.success = "1",
			DNS_REASONS(reasons)},
	.login_hint = "check dns_inwx_username, dns_inwx_password and dns_inwx_shared_secret",
	.open = second_factor_open,
	.close = dns_close_token,
	.action_calls = &action_calls,
	.find_zone = dns_find_zone_by_action,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
