/*
 * Alibaba Cloud DNS, API 2015-01-09 (https://www.alibabacloud.com/help/en/dns/): one record per
 * value, one request per record. Actions are named by a header field, their parameters are the
 * query; requests are signed
 * (https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature).
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/datetime.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "crypto/digest.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"
#include "dns/providers/signing.h"

enum {
	NONCE_BYTES = 16,
	PAGE_SIZE = 500,
};

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	static const struct signing_scheme scheme = {
		.algorithm = "ACS3-HMAC-SHA256", .separator = ",", .fields = {"x-acs-"}};
	const struct signing_key key = {.id = dns_credential(session, "access_key"),
					.secret = dns_credential(session, "access_key_secret")};
	AUTO_FREE char *date = datetime_rfc3339(dns_now(session));
	AUTO(strbuf) struct strbuf hash = STRBUF_INIT, nonce = STRBUF_INIT;

	digest_hex(DIGEST_SHA256, request->body, strlen(request->body), &hash);
	dns_add_nonce(&nonce, NONCE_BYTES);
	headers_add(headers, "x-acs-content-sha256", hash.text);
	headers_add(headers, "x-acs-date", date);
	headers_add(headers, "x-acs-signature-nonce", nonce.text);
	headers_add(headers, "x-acs-version", "2015-01-09");
	signing_authorize(&scheme, &key, request, headers);
	return 0;
}

/* {"Code": "InvalidDomainName.NoExist", "Message": "..."}. */
static void explain(const struct json *answer, struct strbuf *out)
{
	strbuf_addf(out, "%s: %s", dns_answer_text(answer, "Code"),
		    dns_answer_text(answer, "Message"));
}

static enum dns_verdict judge(const struct dns_reply *reply)
{
	static const struct dns_reason reasons[] = {
		{"InvalidDomainName", DNS_UNKNOWN},     {"IncorrectDomainUser", DNS_UNKNOWN},
		{"DomainRecordNotBelong", DNS_UNKNOWN}, {"DomainRecordDuplicate", DNS_EXISTS},
		{"Throttling", DNS_SLOW_DOWN},          {"InvalidAccessKeyId", DNS_DENIED},
		{"SignatureDoesNotMatch", DNS_DENIED},  {"Forbidden", DNS_DENIED},
	};

	return reply->status < 400 ? DNS_AS_STATUS
				   : dns_judge_words(dns_answer_text(reply->json, "Code"), reasons,
						     ARRAY_LEN(reasons));
}

/* Calls an action with the members of the object. */
static int call_action(struct dns_session *session, const char *what, const char *action,
		       const struct json *object, struct dns_reply *ret_reply, struct error *err)
{
	AUTO(headers) struct headers headers = HEADERS_INIT;
	AUTO(strbuf) struct strbuf query = STRBUF_INIT;
	AUTO_FREE char *url = NULL;

	dns_add_members(&query, object);
	url = xasprintf("/?%s", query.text);
	headers_add(&headers, "x-acs-action", action);
	return dns_call(session,
			&(const struct dns_call){.what = what,
						 .method = HTTP_POST,
						 .url = url,
						 .headers = &headers,
						 .flags = DNS_CALL_REPEATABLE},
			ret_reply, err);
}

static int find_zone(struct dns_session *session, const char *name, char **ret_id,
		     struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *object = json_object_new();

	json_set_string(object, "DomainName", name);
	json_set_int(object, "PageSize", 1);
	return call_action(session, "look up the zone", "DescribeDomainRecords", object, &reply,
			   err);
}

static const struct dns_record_calls record_calls;

static int list_records(struct dns_session *session, struct dns_found *found, struct error *err)
{
	const struct dns_batch *batch = found->batch;
	AUTO(json) struct json *object = json_object_new();
	AUTO_FREE char *name = dns_relative(batch->sets[0].name, batch->zone, "@");
	int64_t total = 1;

	json_set_string(object, "DomainName", batch->zone->name);
	json_set_string(object, "TypeKeyWord", "TXT");
	if (batch->set_count == 1)
		json_set_string(object, "RRKeyWord", name);
	json_set_int(object, "PageSize", PAGE_SIZE);
	for (int64_t page = 1; (page - 1) * PAGE_SIZE < total; page++) {
		AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;

		json_set_int(object, "PageNumber", page);
		if (call_action(session, "list records", "DescribeDomainRecords", object, &reply,
				err) < 0)
			return err->code;
		if (!json_int(json_member(reply.json, "TotalCount"), &total))
			return dns_bad_answer(session, "list records", "expected a count", err);
		dns_found_add_all(found,
				  json_member(json_member(reply.json, "DomainRecords"), "Record"),
				  &record_calls.shape);
	}
	return 0;
}

static int add_record(struct dns_session *session, const struct dns_zone *zone, struct json *object,
		      struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;

	json_set_string(object, "DomainName", zone->name);
	return call_action(session, "add a record", "AddDomainRecord", object, &reply, err);
}

static int remove_record(struct dns_session *session, const struct dns_zone *zone, const char *id,
			 struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *object = json_object_new();

	json_set_string(object, "RecordId", id);
	return call_action(session, "remove a record", "DeleteDomainRecord", object, &reply, err);
}

static const struct dns_record_calls record_calls = {
	.shape = {.type = "Type",
		  .name = "RR",
		  .value = "Value",
		  .ttl = "TTL",
		  .id = "RecordId",
		  .apex = "@"},
	.list = list_records,
	.add = add_record,
	.remove = remove_record,
};

const struct dns_provider dns_aliyun = {
	DNS_SERVICE("aliyun", "Alibaba Cloud", "60"),
	DNS_CREDENTIALS({"access_key", "ID of an access key of a RAM user"},
			{"access_key_secret", "its secret"}),
	.credentials_source = "ram.console.alibabacloud.com; AliyunDNSFullAccess",
	.ttl = 600, /* the least of the editions that cost nothing */
	.base_url = "https://alidns.aliyuncs.com",
	.authorize = authorize,
	.explain = explain,
	.judge = judge,
	.login_hint =
		"check dns_aliyun_access_key and dns_aliyun_access_key_secret, that this machine's "
		"clock is right, and that the user may add, list and delete records (AliyunDNSFullAccess)",
	.find_zone = find_zone,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
