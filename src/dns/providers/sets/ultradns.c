/*
 * UltraDNS, REST API (https://docs.ultradns.com/): sets of values, written as a whole. A log-in with
 * name and password gives a token.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "codec/url.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/sets.h"
#include "dns/api/token.h"

#define BASE "https://api.ultradns.com"

static int log_in(struct dns_session *session, struct dns_token *ret_token, struct error *err)
{
	AUTO(strbuf) struct strbuf form = STRBUF_INIT;

	url_add_field(&form, "grant_type", "password");
	url_add_field(&form, "username", dns_credential(session, "username"));
	url_add_field(&form, "password", dns_credential(session, "password"));
	if (dns_token_fetch(session, BASE "/authorization/token", &form, ret_token, err) < 0)
		return dns_token_denied(session, err);
	return 0;
}

/* An error, or an array with one: {"errorCode": 1801, "errorMessage": "..."}. */
static const struct json *error_of(const struct json *answer)
{
	return json_is_array(answer) ? json_at(answer, 0) : answer;
}

static void explain(const struct json *answer, struct strbuf *out)
{
	const struct json *error = error_of(answer);
	AUTO_FREE char *code = dns_answer_id(error, "errorCode");
	const char *message = dns_answer_text(error, "errorMessage");

	if (!*message) /* of the log-in */
		message = dns_answer_text(error, "error_description");
	strbuf_addf(out, "%s%s%s", code ? code : "", code ? ": " : "", message);
}

static enum dns_verdict judge(const struct dns_reply *reply)
{
	int64_t code = 0;

	json_int(json_member(error_of(reply->json), "errorCode"), &code);
	if (reply->status < 400)
		return DNS_AS_STATUS;
	if (code == 60001) /* credentials */
		return DNS_DENIED;
	return code == 1801 || code == 70002 /* no such zone, no data */ ? DNS_UNKNOWN
									 : DNS_AS_STATUS;
}

static struct json *new_body(const struct dns_session *session, const struct dns_set_change *change)
{
	struct json *body = json_object_new();

	json_set_int(body, "ttl", change->ttl);
	json_set(body, "rdata", dns_plain_values(&change->after, NULL));
	return body;
}

static const struct dns_set_calls set_calls = {
	.url = "/zones/{zone}./rrsets/TXT/{fqdn}.",
	.array = "rrSets",
	.name = "ownerName",
	.path = {"rdata"},
	.ttl = "ttl",
	.body = new_body,
	.new_url = "/zones/{zone}./rrsets/TXT/{fqdn}.",
};

const struct dns_provider dns_ultradns = {
	DNS_SERVICE("ultradns", "UltraDNS", "120"),
	DNS_CREDENTIALS({"username", "name of a user", false, true}, {"password", "its password"}),
	.credentials_source = "portal.ultradns.com, users",
	.ttl = 120,
	.base_url = BASE "/v3",
	.authorize = dns_authorize_session,
	.token_scheme = "Bearer",
	.log_in = log_in,
	.explain = explain,
	.judge = judge,
	.login_hint = "check dns_ultradns_username and dns_ultradns_password",
	.open = dns_open_token,
	.close = dns_close_token,
	.zone_calls = &(const struct dns_zone_calls){.url = "/zones/{zone}."},
	.find_zone = dns_find_zone_at,
	.set_calls = &set_calls,
	.present = dns_present_sets,
	.cleanup = dns_cleanup_sets,
};
