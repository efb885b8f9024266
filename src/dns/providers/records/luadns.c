/*
 * LuaDNS, API v1 (https://www.luadns.com/api.html): one record per value; several are added and
 * removed in one request.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

static long number_in(const struct headers *headers, const char *name)
{
	const char *text = headers_get(headers, name);

	return text ? strtol(text, NULL, 10) : 0;
}

/* Lists come whole unless a limit was set for the account; the headers tell. */
static char *next_page(const struct dns_reply *page, const char *url)
{
	long current = number_in(&page->headers, "x-page");

	if (current < 1 || current >= number_in(&page->headers, "x-total-pages"))
		return NULL;
	return xasprintf("%s?limit=%ld&page=%ld", url, number_in(&page->headers, "x-limit"),
			 current + 1);
}

static const struct dns_zone_calls zone_calls = {
	.url = "/zones",
	.name = "name",
	.id = "id",
	.next = next_page,
};

static int add_all(struct dns_session *session, const struct dns_zone *zone, struct json *objects,
		   struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	bool single = json_count(objects) == 1;
	AUTO_FREE char *url = xasprintf("/zones/%s/records%s", zone->id,
					single ? "" : "/create_many");
	const struct dns_call call = {.what = "add records",
				      .method = HTTP_POST,
				      .url = url,
				      .json = single ? json_at(objects, 0) : objects,
				      .flags = DNS_CALL_REPEATABLE};

	return dns_call(session, &call, &reply, err);
}

/* One is removed by its id; many by their contents, which include the time to live. */
static int remove_all(struct dns_session *session, const struct dns_found *found, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	bool single = found->ids.count == 1;
	AUTO(json) struct json *doomed = single ? NULL : dns_pick_records(session, found, true);
	AUTO_FREE char *url = xasprintf("/zones/%s/records/%s", found->batch->zone->id,
					single ? found->ids.items[0] : "delete_many");
	const struct dns_call call = {.what = "remove records",
				      .method = single ? HTTP_DELETE : HTTP_POST,
				      .url = url,
				      .json = doomed,
				      .accept = {404},
				      .flags = DNS_CALL_NO_ANSWER | DNS_CALL_REPEATABLE};

	return dns_call(session, &call, &reply, err);
}

static const struct dns_record_calls record_calls = {
	.shape = {.name = "name", .value = "content", .ttl = "ttl", .has_dot = true},
	.list_zone = "/zones/{zone_id}/records",
	.next = next_page,
	.add_all = add_all,
	.remove_all = remove_all,
};

const struct dns_provider dns_luadns = {
	DNS_SERVICE("luadns", "LuaDNS", "30"),
	DNS_CREDENTIALS(
		{"email", "email address associated with LuaDNS account", false, true},
		{"token",
		 "API token for LuaDNS account, obtained from https://api.luadns.com/settings",
		 false}),
	.credentials_source = "api.luadns.com/settings",
	.ttl = 60,
	.max_batch = 100,
	.base_url = "https://api.luadns.com/v1",
	.authorize = dns_authorize_basic,
	.error_shape = {.message = "message"},
	.login_hint =
		"check dns_luadns_email and dns_luadns_token, and that the API is enabled for "
		"the account",
	.zone_calls = &zone_calls,
	.list_zones = dns_list_zones_called,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
