/*
 * LuaDNS, API v1 (https://www.luadns.com/api.html): one record per value; several are added and
 * removed in one request.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "dns/answer.h"
#include "dns/api.h"
#include "dns/records.h"

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

static const struct dns_record_calls record_calls = {
	.shape = {.name = "name", .value = "content", .ttl = "ttl", .has_dot = true},
	.list_zone = "/zones/{zone_id}/records",
	.next = next_page,
};

/* Those records of the batch that are there, or those that are not. */
static struct json *pick_records(const struct dns_session *session, const struct dns_found *found,
				 bool that_are_there)
{
	const struct dns_batch *batch = found->batch;
	struct json *records = json_array_new();

	for (size_t i = 0; i < batch->record_count; i++)
		if (dns_found_has(found, batch->records[i]) == that_are_there)
			json_push(records,
				  dns_record_object(&record_calls.shape, batch->zone,
						    batch->records[i], session->provider->ttl));
	return records;
}

static int present(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	AUTO(dns_found) struct dns_found found = DNS_FOUND_INIT(batch);
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *missing = NULL;
	AUTO_FREE char *url = NULL;
	struct dns_call call = {
		.what = "add records", .method = HTTP_POST, .flags = DNS_CALL_REPEATABLE};

	if (dns_list_records(session, &found, err) < 0)
		return err->code;
	missing = pick_records(session, &found, false);
	if (!json_count(missing))
		return 0;
	url = xasprintf("/zones/%s/records%s", batch->zone->id,
			json_count(missing) == 1 ? "" : "/create_many");
	call.url = url;
	call.json = json_count(missing) == 1 ? json_at(missing, 0) : missing;
	return dns_call(session, &call, &reply, err);
}

/* One is removed by its id; many by what they are, which includes the time to live. */
static int cleanup(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	AUTO(dns_found) struct dns_found found = DNS_FOUND_INIT(batch);
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *doomed = NULL;
	AUTO_FREE char *url = NULL;
	struct dns_call call = {.what = "remove records", .accept = {404}};

	if (dns_list_records(session, &found, err) < 0)
		return err->code;
	if (!found.ids.count)
		return 0;
	if (found.ids.count == 1) {
		url = xasprintf("/zones/%s/records/%s", batch->zone->id, found.ids.items[0]);
		call.method = HTTP_DELETE;
	} else {
		doomed = pick_records(session, &found, true);
		url = xasprintf("/zones/%s/records/delete_many", batch->zone->id);
		call.method = HTTP_POST;
		call.json = doomed;
		call.flags = DNS_CALL_REPEATABLE;
	}
	call.url = url;
	return dns_call(session, &call, &reply, err);
}

const struct dns_provider dns_luadns = {
	DNS_SERVICE("luadns", "LuaDNS", "30"),
	DNS_CREDENTIALS(
		{"email", "email address associated with LuaDNS account", false, true},
		{"token",
		 "API token for LuaDNS account, obtained from https://api.luadns.com/settings",
		 false}),
	.ttl = 60,
	.max_batch = 100,
	.base_url = "https://api.luadns.com/v1",
	.authorize = dns_authorize_basic,
	.explain = dns_explain_message,
	.login_hint =
		"check dns_luadns_email and dns_luadns_token, and that the API is enabled for "
		"the account",
	.zone_calls = &zone_calls,
	.list_zones = dns_list_zones_called,
	.record_calls = &record_calls,
	.present = present,
	.cleanup = cleanup,
};
