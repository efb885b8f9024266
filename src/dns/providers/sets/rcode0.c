/*
 * RcodeZero DNS, API v1, the part for ACME (https://my.rcodezero.at/openapi/): sets of values, all
 * those of a zone written in one request. Tokens with the right "ACME" may use nothing else.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/sets.h"

/* {"status": "failed", "message": "..."}. */
static enum dns_verdict judge(const struct dns_reply *reply)
{
	return strcmp(dns_answer_text(reply->json, "status"), "failed") == 0 ? DNS_REFUSED
									     : DNS_AS_STATUS;
}

static char *next_page(const struct dns_reply *page, const char *url)
{
	return dns_next_page(page->json, "current_page", "last_page", url);
}

/* A set is added, replaced as a whole, or deleted. */
static struct json *new_change(const struct dns_set_change *change)
{
	struct json *set = dns_set_object(change, true);

	json_set_string(set, "changetype",
			!change->after.count  ? "delete"
			: change->there.count ? "update"
					      : "add");
	if (change->after.count)
		json_set(set, "records", dns_quoted_values(&change->after, "content"));
	return set;
}

static int change_all(struct dns_session *session, const struct dns_set_change *changes,
		      size_t count, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *body = json_array_new();
	AUTO_FREE char *url = xasprintf("/acme/zones/%s/rrsets", changes[0].zone->name);
	const struct dns_call call = {
		.what = "change record sets", .method = HTTP_PATCH, .url = url, .json = body};

	for (size_t i = 0; i < count; i++)
		json_push(body, new_change(&changes[i]));
	return dns_call(session, &call, &reply, err);
}

static const struct dns_set_calls set_calls = {
	.url = "/acme/zones/{zone}/rrsets?page_size=100",
	.array = "data",
	.next = next_page,
	.path = {"records"},
	.value = "content",
	.ttl = "ttl",
	.change_all = change_all,
};

const struct dns_provider dns_rcode0 = {
	DNS_SERVICE("rcode0", "RcodeZero", "240"),
	DNS_CREDENTIALS({"api_key", "an API token with the right ACME, obtained from "
				    "https://my.rcodezero.at/enableapi"}),
	.credentials_source = "my.rcodezero.at/enableapi",
	.ttl = 60,
	.max_batch = 100,
	.base_url = "https://my.rcodezero.at/api/v1",
	.authorize = dns_authorize_bearer,
	.error_shape = {.message = "message"},
	.judge = judge,
	.login_hint = "check dns_rcode0_api_key; the token needs the right ACME",
	.zone_calls =
		&(const struct dns_zone_calls){.url = "/acme/zones/{zone}/rrsets?page_size=1"},
	.find_zone = dns_find_zone_at,
	.set_calls = &set_calls,
	.present = dns_present_sets,
	.cleanup = dns_cleanup_sets,
};
