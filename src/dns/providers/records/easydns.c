/*
 * easyDNS (https://docs.sandbox.rest.easydns.net/): one record per value, one request per record.
 * Too many requests and wrong credentials get the same answer, 420.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

/* {"error": {"code": 420, "message": "Enhance Your Calm ..."}}, whatever the status is. */
static enum dns_verdict judge(const struct dns_reply *reply)
{
	const struct json *error = json_member(reply->json, "error");
	int64_t code = 0;

	json_int(json_member(error, "code"), &code);
	if (code == 420 || reply->status == 420)
		return DNS_SLOW_DOWN;
	if (!json_is_object(error) || reply->status >= 300)
		return DNS_AS_STATUS;
	return code == 404 ? DNS_UNKNOWN : DNS_REFUSED;
}

/* That, or {"msg": "...", "status": 403}. */
static void explain(const struct json *answer, struct strbuf *out)
{
	dns_explain_error(answer, out);
	if (!out->len)
		strbuf_adds(out, dns_answer_text(answer, "msg"));
	if (strstr(out->text, "420"))
		strbuf_adds(out, " (check dns_easydns_usertoken and dns_easydns_userkey too)");
}

static const struct dns_record_calls record_calls;

static struct json *new_object(const struct dns_session *session, const struct dns_zone *zone,
			       const struct dns_record *record)
{
	struct json *object = dns_record_object(&record_calls.shape, zone, record,
						session->provider->ttl);

	json_set_string(object, "domain", zone->name);
	json_set_string(object, "prio", "0");
	return object;
}

static const struct dns_record_calls record_calls = {
	.shape = {.name = "host", .value = "rdata", .ttl = "ttl", .apex = "@", .ttl_is_text = true},
	.list_zone = "/zones/records/all/{zone}",
	.array = "data",
	.object = new_object,
	.new_url = "/zones/records/add/{zone}/TXT",
	.new_by_put = true,
	.url = "/zones/records/{zone}/{id}",
};

const struct dns_provider dns_easydns = {
	DNS_SERVICE("easydns", "easyDNS", "120"),
	DNS_CREDENTIALS({"usertoken",
			 "API token, obtained from https://cp.easydns.com/manage/security/api"},
			{"userkey", "API key that belongs to it"},
			{"endpoint", "address of the API, https://rest.easydns.net", true, true}),
	.credentials_source = "cp.easydns.com/manage/security/api",
	.ttl = 300,
	.base_url = "https://rest.easydns.net",
	.authorize = dns_authorize_basic,
	.explain = explain,
	.judge = judge,
	.login_hint = "check dns_easydns_usertoken and dns_easydns_userkey",
	.query = {.text = "format=json"},
	.endpoint = {"endpoint", NULL, ""},
	.zone_calls = &(const struct dns_zone_calls){.url = "/zones/records/all/{zone}"},
	.find_zone = dns_find_zone_at,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
