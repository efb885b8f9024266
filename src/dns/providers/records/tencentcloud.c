/*
 * Tencent Cloud DNSPod, API 2021-03-23 (https://www.tencentcloud.com/document/api/1157/49041): one
 * record per value, one request per record. Actions are named by a header field; requests are
 * signed (https://cloud.tencent.com/document/api/1427/56189). Refusals have status 200.
 */
#include "base/alloc.h"
#include "codec/datetime.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "dns/api/actions.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"
#include "dns/providers/signing.h"

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	static const struct signing_scheme scheme = {.algorithm = "TC3-HMAC-SHA256",
						     .key_prefix = "TC3",
						     .fields = {"content-type", "x-tc-action"},
						     .lower_values = true};
	int64_t now = dns_now(session);
	AUTO_FREE char *time = xasprintf("%lld", (long long)now), *date = datetime_date(now);
	AUTO_FREE char *scope = xasprintf("%s/dnspod/tc3_request", date);
	const struct signing_key key = {dns_credential(session, "secret_id"),
					dns_credential(session, "secret_key"), time, scope};

	headers_add(headers, "X-TC-Version", "2021-03-23");
	headers_add(headers, "X-TC-Timestamp", time);
	signing_authorize(&scheme, &key, request, headers);
	return 0;
}

static const struct dns_reason reasons[] = {
	{"DomainNotExists", DNS_UNKNOWN},        {"DomainInvalid", DNS_UNKNOWN},
	{"NotDomainOwner", DNS_UNKNOWN},         {"NoDataOfRecord", DNS_UNKNOWN},
	{"RecordIdInvalid", DNS_UNKNOWN},        {"DomainRecordExist", DNS_EXISTS},
	{"RequestLimitExceeded", DNS_SLOW_DOWN}, {"AuthFailure", DNS_DENIED},
	{"UnauthorizedOperation", DNS_DENIED},
};

static int send_action(struct dns_session *session, const struct dns_action *action,
		       struct json *params, struct dns_reply *ret_reply, struct error *err)
{
	AUTO(headers) struct headers headers = HEADERS_INIT;
	const struct dns_call call = {.what = action->what,
				      .method = HTTP_POST,
				      .url = "/",
				      .headers = &headers,
				      .json = params,
				      .flags = DNS_CALL_REPEATABLE};

	headers_add(&headers, "X-TC-Action", action->name);
	return dns_call(session, &call, ret_reply, err);
}

/* A new record is on the line that all resolvers are on. */
static struct json *new_record(const struct dns_session *session, const struct dns_zone *zone,
			       const struct dns_record *record)
{
	static const struct dns_record_shape shape = {.type = "RecordType",
						      .name = "SubDomain",
						      .value = "Value",
						      .ttl = "TTL",
						      .apex = "@"};
	struct json *object = dns_record_object(&shape, zone, record, session->provider->ttl);

	json_set_string(object, "RecordLine", "\xe9\xbb\x98\xe8\xae\xa4");
	json_set_string(object, "RecordLineId", "0");
	return object;
}

static const struct dns_action_calls action_calls = {
	.send = send_action,
	.find = "DescribeDomain",
	.list = "DescribeRecordList",
	.add = "CreateRecord",
	.remove = "DeleteRecord",
	.zone = "Domain",
	.list_type = "RecordType",
	.list_name = "Subdomain",
	.limit = "Limit",
	.most = 3000,
	.path = {"Response", "RecordList"},
	.id = "RecordId",
	.id_is_number = true,
};

static const struct dns_record_calls record_calls = {
	.shape = {.type = "Type", .name = "Name", .value = "Value", .id = "RecordId", .apex = "@"},
	.object = new_record,
	DNS_RECORDS_BY_ACTION,
};

const struct dns_provider dns_tencentcloud = {
	DNS_SERVICE("tencentcloud", "Tencent Cloud", "60"),
	DNS_CREDENTIALS({"secret_id", "ID of an API key"}, {"secret_key", "its key"}),
	.credentials_source = "console.tencentcloud.com/cam/capi; QcloudDNSPodFullAccess",
	.ttl = 600, /* the least of the plan that costs nothing */
	.base_url = "https://dnspod.tencentcloudapi.com",
	.authorize = authorize,
	.error_shape = {{"Response", "Error"}, "Code", "Message", DNS_REASONS(reasons)},
	.login_hint =
		"check dns_tencentcloud_secret_id and dns_tencentcloud_secret_key, that this "
		"machine's clock is right, and that the user may change the domain (QcloudDNSPodFullAccess)",
	.action_calls = &action_calls,
	.find_zone = dns_find_zone_by_action,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
