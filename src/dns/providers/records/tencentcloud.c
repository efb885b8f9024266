/*
 * Tencent Cloud DNSPod, API 2021-03-23 (https://www.tencentcloud.com/document/api/1157/49041): one
 * record per value, one request per record. Actions are named by a header field; requests are
 * signed (https://cloud.tencent.com/document/api/1427/56189). Refusals have status 200.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/datetime.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"
#include "dns/providers/signing.h"

enum {
	MOST_RECORDS = 3000, /* of a list */
};

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

/* {"Response": {"Error": {"Code": "...", "Message": "..."}}}. */
static const struct json *error_of(const struct json *answer)
{
	return json_member(json_member(answer, "Response"), "Error");
}

static void explain(const struct json *answer, struct strbuf *out)
{
	strbuf_addf(out, "%s: %s", dns_answer_text(error_of(answer), "Code"),
		    dns_answer_text(error_of(answer), "Message"));
}

static enum dns_verdict judge(const struct dns_reply *reply)
{
	static const struct dns_reason reasons[] = {
		{"DomainNotExists", DNS_UNKNOWN},        {"DomainInvalid", DNS_UNKNOWN},
		{"NotDomainOwner", DNS_UNKNOWN},         {"NoDataOfRecord", DNS_UNKNOWN},
		{"RecordIdInvalid", DNS_UNKNOWN},        {"DomainRecordExist", DNS_EXISTS},
		{"RequestLimitExceeded", DNS_SLOW_DOWN}, {"AuthFailure", DNS_DENIED},
		{"UnauthorizedOperation", DNS_DENIED},
	};
	const char *code = dns_answer_text(error_of(reply->json), "Code");

	return *code ? dns_judge_words(code, reasons, ARRAY_LEN(reasons)) : DNS_AS_STATUS;
}

static int call_action(struct dns_session *session, const char *what, const char *action,
		       const struct json *params, struct dns_reply *ret_reply, struct error *err)
{
	AUTO(headers) struct headers headers = HEADERS_INIT;
	const struct dns_call call = {.what = what,
				      .method = HTTP_POST,
				      .url = "/",
				      .headers = &headers,
				      .json = params,
				      .flags = DNS_CALL_REPEATABLE};

	headers_add(&headers, "X-TC-Action", action);
	return dns_call(session, &call, ret_reply, err);
}

static int find_zone(struct dns_session *session, const char *name, char **ret_id,
		     struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *params = json_object_new();

	json_set_string(params, "Domain", name);
	return call_action(session, "look up the zone", "DescribeDomain", params, &reply, err);
}

static const struct dns_record_calls record_calls;

/* Nothing to list is a refusal. */
static int list_records(struct dns_session *session, struct dns_found *found, struct error *err)
{
	const struct dns_batch *batch = found->batch;
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *params = json_object_new();
	AUTO_FREE char *name = dns_relative(batch->sets[0].name, batch->zone, "@");

	json_set_string(params, "Domain", batch->zone->name);
	json_set_string(params, "RecordType", "TXT");
	json_set_int(params, "Limit", MOST_RECORDS);
	if (batch->set_count == 1)
		json_set_string(params, "Subdomain", name);
	if (call_action(session, "list records", "DescribeRecordList", params, &reply, err) < 0) {
		if (err->code != ERR_NOT_FOUND)
			return err->code;
		error_release(err);
		return 0;
	}
	dns_found_add_all(found, json_member(json_member(reply.json, "Response"), "RecordList"),
			  &record_calls.shape);
	return 0;
}

static int add_record(struct dns_session *session, const struct dns_zone *zone, struct json *object,
		      struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;

	/* Names that differ from those in lists, and the line that all resolvers are on. */
	json_set_string(object, "SubDomain", dns_answer_text(object, "Name"));
	json_remove(object, "Name");
	json_set_string(object, "RecordType", "TXT");
	json_remove(object, "Type");
	json_set_string(object, "RecordLine", "\xe9\xbb\x98\xe8\xae\xa4");
	json_set_string(object, "RecordLineId", "0");
	json_set_string(object, "Domain", zone->name);
	return call_action(session, "add a record", "CreateRecord", object, &reply, err);
}

static int remove_record(struct dns_session *session, const struct dns_zone *zone, const char *id,
			 struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *params = json_object_new();
	int64_t number = 0;

	if (!str_to_int64(id, 1, INT64_MAX, &number))
		return dns_bad_answer(session, "list records", "expected numbers as ids", err);
	json_set_string(params, "Domain", zone->name);
	json_set_int(params, "RecordId", number);
	return call_action(session, "remove a record", "DeleteRecord", params, &reply, err);
}

static const struct dns_record_calls record_calls = {
	.shape = {.type = "Type",
		  .name = "Name",
		  .value = "Value",
		  .ttl = "TTL",
		  .id = "RecordId",
		  .apex = "@"},
	.list = list_records,
	.add = add_record,
	.remove = remove_record,
};

const struct dns_provider dns_tencentcloud = {
	DNS_SERVICE("tencentcloud", "Tencent Cloud", "60"),
	DNS_CREDENTIALS({"secret_id", "ID of an API key"}, {"secret_key", "its key"}),
	.credentials_source = "console.tencentcloud.com/cam/capi; QcloudDNSPodFullAccess",
	.ttl = 600, /* the least of the plan that costs nothing */
	.base_url = "https://dnspod.tencentcloudapi.com",
	.authorize = authorize,
	.explain = explain,
	.judge = judge,
	.login_hint =
		"check dns_tencentcloud_secret_id and dns_tencentcloud_secret_key, that this "
		"machine's clock is right, and that the user may change the domain (QcloudDNSPodFullAccess)",
	.find_zone = find_zone,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
