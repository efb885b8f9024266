/*
 * Dynu, API v2 (https://www.dynu.com/en-US/Support/API): one record per value, one request per
 * record. Its servers often cut connections without an answer, which dns_call() sees to.
 */
#include "base/alloc.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

/* The status in the body counts, whatever that of the answer is. */
static enum dns_verdict judge(const struct dns_reply *reply)
{
	int64_t status = 0;

	json_int(json_member(reply->json, "statusCode"), &status);
	if (status < 300)
		return DNS_AS_STATUS;
	if (status == 401 || status == 403)
		return DNS_DENIED;
	return status == 404 ? DNS_UNKNOWN : status == 429 ? DNS_SLOW_DOWN : DNS_REFUSED;
}

static const struct dns_record_calls record_calls;

static struct json *new_object(const struct dns_session *session, const struct dns_zone *zone,
			       const struct dns_record *record)
{
	struct json *object = dns_record_object(&record_calls.shape, zone, record,
						session->provider->ttl);

	json_set_bool(object, "state", true);
	return object;
}

static const struct dns_record_calls record_calls = {
	.shape = {.type = "recordType",
		  .name = "nodeName",
		  .value = "textData",
		  .ttl = "ttl",
		  .apex = ""},
	.list_zone = "/dns/{zone_id}/record",
	.array = "dnsRecords",
	.object = new_object,
	.new_url = "/dns/{zone_id}/record",
	.url = "/dns/{zone_id}/record/{id}",
};

const struct dns_provider dns_dynu = {
	DNS_SERVICE("dynu", "Dynu", "180"),
	DNS_CREDENTIALS({"auth_token", "API key, obtained from "
				       "https://www.dynu.com/en-US/ControlPanel/APICredentials"}),
	.credentials_source = "dynu.com/en-US/ControlPanel/APICredentials",
	.ttl = 300,
	.base_url = "https://api.dynu.com/v2",
	.authorize = dns_authorize_token,
	.token_field = "API-Key",
	.error_shape = {.code = "type", .message = "message"},
	.judge = judge,
	.login_hint = "check dns_dynu_auth_token",
	.zone_calls =
		&(const struct dns_zone_calls){
			.url = "/dns", .array = "domains", .name = "name", .id = "id"},
	.list_zones = dns_list_zones_called,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
