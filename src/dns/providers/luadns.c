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

static const struct dns_credential credentials[] = {
	{"email", "email address associated with LuaDNS account", false, true},
	{"token", "API token for LuaDNS account, obtained from https://api.luadns.com/settings",
	 false},
};

static const struct option options[] = {
	DNS_OPTIONS("luadns", "luadns", "LuaDNS", "30"),
};

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	dns_add_basic(headers, dns_credential(session, "email"), dns_credential(session, "token"));
	return 0;
}

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

static void take_zone(void *zones, const struct json *item)
{
	AUTO_FREE char *id = dns_answer_id(item, "id");

	if (id)
		dns_zones_add(zones, dns_answer_text(item, "name"), id);
}

static int list_zones(struct dns_session *session, struct dns_zones *ret_zones, struct error *err)
{
	static const struct dns_listing listing = {
		.what = "list zones", .url = "/zones", .next = next_page};

	return dns_list(session, &listing, take_zone, ret_zones, err);
}

static void take_record(void *found, const struct json *item)
{
	dns_found_add_json(found, item, "name", "content");
}

static int list_records(struct dns_session *session, struct dns_found *found, struct error *err)
{
	AUTO_FREE char *url = xasprintf("/zones/%s/records", found->batch->zone->id);
	const struct dns_listing listing = {.what = "list records", .url = url, .next = next_page};

	return dns_list(session, &listing, take_record, found, err);
}

/* Those records of the batch that are there, or those that are not. */
static struct json *pick_records(const struct dns_session *session, const struct dns_found *found,
				 bool that_are_there)
{
	const struct dns_batch *batch = found->batch;
	struct json *records = json_array_new();

	for (size_t i = 0; i < batch->record_count; i++) {
		AUTO_FREE char *name = xasprintf("%s.", batch->records[i]->name);
		struct json *object;

		if (dns_found_has(found, batch->records[i]) != that_are_there)
			continue;
		object = json_object_new();
		json_set_string(object, "type", "TXT");
		json_set_string(object, "name", name);
		json_set_string(object, "content", batch->records[i]->value);
		json_set_int(object, "ttl", session->provider->ttl);
		json_push(records, object);
	}
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

	if (list_records(session, &found, err) < 0)
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

	if (list_records(session, &found, err) < 0)
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
	.plugin = DNS_PLUGIN("luadns",
			     "Obtain certificates using a DNS TXT record (if you are "
			     "using LuaDNS for DNS).",
			     options),
	.title = "LuaDNS",
	.ttl = 60,
	.credentials = credentials,
	.credential_count = ARRAY_LEN(credentials),
	.base_url = "https://api.luadns.com/v1",
	.authorize = authorize,
	.explain = dns_explain_message,
	.login_hint =
		"check dns_luadns_email and dns_luadns_token, and that the API is enabled for "
		"the account",
	.list_zones = list_zones,
	.present = present,
	.cleanup = cleanup,
};
