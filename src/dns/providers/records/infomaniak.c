/*
 * Infomaniak, API v2 (https://developer.infomaniak.com/docs/api): one record per value, one request
 * per record. Records of v1 are not published in zones with Fast Anycast.
 */
#include <string.h>

#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

/* {"error": {"code": "not_authorized", "description": "..."}}. */
static void explain(const struct json *answer, struct strbuf *out)
{
	const struct json *error = json_member(answer, "error");

	if (!error)
		strbuf_adds(out, "the answer has no data");
	else
		strbuf_addf(out, "%s: %s", dns_answer_text(error, "code"),
			    dns_answer_text(error, "description"));
}

/* {"result": "error", ...} may come with status 200, and so may a success that did nothing. */
static enum dns_verdict judge(const struct dns_reply *reply)
{
	return strcmp(dns_answer_text(reply->json, "result"), "error") == 0 ||
			       !json_member(reply->json, "data")
		       ? DNS_REFUSED
		       : DNS_AS_STATUS;
}

static const struct dns_record_calls record_calls = {
	.shape = {.name = "source", .value = "target", .ttl = "ttl", .apex = "."},
	.list_zone = "/zones/{zone}/records",
	.array = "data",
	.new_url = "/zones/{zone}/records",
	.url = "/zones/{zone}/records/{id}",
};

const struct dns_provider dns_infomaniak = {
	DNS_SERVICE("infomaniak", "Infomaniak", "120"),
	DNS_CREDENTIALS({"token", "an API token with the scopes dns:read and dns:write"}),
	.credentials_source = "manager.infomaniak.com, API tokens, scopes dns:read and dns:write",
	.ttl = 300,
	.base_url = "https://api.infomaniak.com/2",
	.authorize = dns_authorize_bearer,
	.explain = explain,
	.judge = judge,
	.login_hint =
		"check dns_infomaniak_token, and that it has the scopes dns:read and dns:write",
	.zone_calls = &(const struct dns_zone_calls){.url = "/zones/{zone}",
						     .missing = "object_not_found"},
	.find_zone = dns_find_zone_at,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
