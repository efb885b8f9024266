/*
 * DNS Made Easy, API V2.0 (https://api-docs.dnsmadeeasy.com/): one record per value; several are
 * added and removed in one request. Requests are authenticated by an HMAC of the date; 150 are
 * allowed in five minutes, and one too many is answered by 400, not 429.
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

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	AUTO_FREE char *date = datetime_http(dns_now(session));
	AUTO(strbuf) struct strbuf mac = STRBUF_INIT, digits = STRBUF_INIT;

	digest_hmac(DIGEST_SHA1, span_of(dns_credential(session, "secret_key")), span_of(date),
		    &mac);
	strbuf_add_hex(&digits, mac.text, mac.len);
	headers_add(headers, "x-dnsme-apiKey", dns_credential(session, "api_key"));
	headers_add(headers, "x-dnsme-requestDate", date);
	headers_add(headers, "x-dnsme-hmac", digits.text);
	return 0;
}

/* 400 with no requests left in the current five minutes. */
static enum dns_verdict judge(const struct dns_reply *reply)
{
	const char *left = headers_get(&reply->headers, "x-dnsme-requestsRemaining");

	return reply->status == 400 && ((left && strcmp(left, "0") == 0) ||
					strstr(reply->body, "Rate limit exceeded"))
		       ? DNS_SLOW_DOWN
		       : DNS_AS_STATUS;
}

static char *next_page(const struct dns_reply *page, const char *url)
{
	return dns_next_page(page->json, "page", "totalPages", url);
}

/* One record, or an array of them. */
static int add_all(struct dns_session *session, const struct dns_zone *zone, struct json *objects,
		   struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	bool single = json_count(objects) == 1;
	AUTO_FREE char *url = xasprintf("/dns/managed/%s/records/%s", zone->id,
					single ? "" : "createMulti");
	const struct dns_call call = {.what = single ? "add a record" : "add records",
				      .method = HTTP_POST,
				      .url = url,
				      .json = single ? json_at(objects, 0) : objects,
				      .flags = DNS_CALL_REPEATABLE};

	return dns_call(session, &call, &reply, err);
}

static int remove_all(struct dns_session *session, const struct dns_found *found, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	const struct strvec *ids = &found->ids;
	AUTO(strbuf) struct strbuf url = STRBUF_INIT;
	struct dns_call call = {.what = "remove records",
				.method = HTTP_DELETE,
				.accept = {404},
				.flags = DNS_CALL_NO_ANSWER};

	strbuf_addf(&url, "/dns/managed/%s/records", found->batch->zone->id);
	if (ids->count == 1)
		strbuf_addf(&url, "/%s", ids->items[0]);
	for (size_t i = 0; ids->count > 1 && i < ids->count; i++)
		strbuf_addf(&url, "%sids=%s", i ? "&" : "?", ids->items[i]);
	call.url = url.text;
	return dns_call(session, &call, &reply, err);
}

static const struct dns_record_calls record_calls = {
	.shape = {.name = "name", .value = "value", .ttl = "ttl", .apex = ""},
	.list_zone = "/dns/managed/{zone_id}/records?type=TXT",
	.list_name = "/dns/managed/{zone_id}/records?type=TXT&recordName={name}",
	.array = "data",
	.next = next_page,
	.add_all = add_all,
	.remove_all = remove_all,
};

const struct dns_provider dns_dnsmadeeasy = {
	DNS_SERVICE("dnsmadeeasy", "DNS Made Easy", "60"),
	DNS_CREDENTIALS({"api_key",
			 "API key for DNS Made Easy account, obtained from "
			 "https://cp.dnsmadeeasy.com/account/info",
			 false},
			{"secret_key",
			 "Secret key for DNS Made Easy account, obtained from "
			 "https://cp.dnsmadeeasy.com/account/info",
			 false}),
	.credentials_source = "cp.dnsmadeeasy.com/account/info",
	.ttl = 60,
	.max_batch = 100, /* records are removed by a URL that has all ids */
	.base_url = "https://api.dnsmadeeasy.com/V2.0",
	.authorize = authorize,
	.error_shape = {.message = "error"},
	.judge = judge,
	.login_hint = "check dns_dnsmadeeasy_api_key and dns_dnsmadeeasy_secret_key, and that this "
		      "machine's clock is right",
	.zone_calls = &(const struct dns_zone_calls){.url = "/dns/managed/name?domainname={zone}",
						     .id = "id",
						     .denied = 403},
	.find_zone = dns_find_zone_at,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
