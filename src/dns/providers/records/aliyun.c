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
#include "dns/api/actions.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"
#include "dns/providers/signing.h"

enum {
	NONCE_BYTES = 16,
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

static const struct dns_reason reasons[] = {
	{"InvalidDomainName", DNS_UNKNOWN},     {"IncorrectDomainUser", DNS_UNKNOWN},
	{"DomainRecordNotBelong", DNS_UNKNOWN}, {"DomainRecordDuplicate", DNS_EXISTS},
	{"Throttling", DNS_SLOW_DOWN},          {"InvalidAccessKeyId", DNS_DENIED},
	{"SignatureDoesNotMatch", DNS_DENIED},  {"Forbidden", DNS_DENIED},
};

/* Parameters are the query. */
static int send_action(struct dns_session *session, const struct dns_action *action,
		       struct json *params, struct dns_reply *ret_reply, struct error *err)
{
	AUTO(headers) struct headers headers = HEADERS_INIT;
	AUTO(strbuf) struct strbuf query = STRBUF_INIT;
	AUTO_FREE char *url = NULL;

	dns_add_members(&query, params);
	url = xasprintf("/?%s", query.text);
	headers_add(&headers, "x-acs-action", action->name);
	return dns_call(session,
			&(const struct dns_call){.what = action->what,
						 .method = HTTP_POST,
						 .url = url,
						 .headers = &headers,
						 .flags = DNS_CALL_REPEATABLE},
			ret_reply, err);
}

static const struct dns_action_calls action_calls = {
	.send = send_action,
	.find = "DescribeDomainRecords",
	.find_with = {"PageSize", "1"},
	.list = "DescribeDomainRecords",
	.add = "AddDomainRecord",
	.remove = "DeleteDomainRecord",
	.zone = "DomainName",
	.list_type = "TypeKeyWord",
	.list_name = "RRKeyWord",
	.limit = "PageSize",
	.most = 500,
	.page = "PageNumber",
	.total = "TotalCount",
	.path = {"DomainRecords", "Record"},
	.id = "RecordId",
	.id_is_enough = true,
};

static const struct dns_record_calls record_calls = {
	.shape = {.type = "Type",
		  .name = "RR",
		  .value = "Value",
		  .ttl = "TTL",
		  .id = "RecordId",
		  .apex = "@"},
	DNS_RECORDS_BY_ACTION,
};

const struct dns_provider dns_aliyun = {
	DNS_SERVICE("aliyun", "Alibaba Cloud", "60"),
	DNS_CREDENTIALS({"access_key", "ID of an access key of a RAM user"},
			{"access_key_secret", "its secret"}),
	.credentials_source = "ram.console.alibabacloud.com; AliyunDNSFullAccess",
	.ttl = 600, /* the least of the editions that cost nothing */
	.base_url = "https://alidns.aliyuncs.com",
	.authorize = authorize,
	.error_shape = {.code = "Code", .message = "Message", DNS_REASONS(reasons)},
	.login_hint =
		"check dns_aliyun_access_key and dns_aliyun_access_key_secret, that this machine's "
		"clock is right, and that the user may add, list and delete records (AliyunDNSFullAccess)",
	.action_calls = &action_calls,
	.find_zone = dns_find_zone_by_action,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
