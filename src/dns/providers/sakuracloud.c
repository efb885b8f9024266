/*
 * Sakura Cloud, API 1.1 (https://manual.sakura.ad.jp/cloud-api/1.1/appliance/index.html#dns): a
 * zone is a "common service item"; all its records are one array, which is read, changed and
 * written back.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "codec/url.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

/* The search is a JSON object as the query string. */
static void add_search(struct strbuf *url, const char *zone)
{
	AUTO(json) struct json *search = json_object_new();
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	struct json *filter = json_object_new();

	json_set_string(filter, "Provider.Class", "dns");
	json_set_string(filter, "Name", zone);
	json_set(search, "Filter", filter);
	json_print(search, JSON_COMPACT, &text);
	url_add_escaped(url, text.text);
}

/* The search finds parts of names too. */
static int find_zone(struct dns_session *session, const char *name, char **ret_id,
		     struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(strbuf) struct strbuf url = STRBUF_INIT;
	struct dns_call call = {.what = "look up the zone", .method = HTTP_GET};
	struct json *items = NULL;

	strbuf_adds(&url, "/commonserviceitem?");
	add_search(&url, name);
	call.url = url.text;
	if (dns_call(session, &call, &reply, err) < 0 ||
	    dns_answer_array(session, call.what, &reply, "CommonServiceItems", &items, err) < 0)
		return err->code;
	for (size_t i = 0; i < json_count(items); i++) {
		const struct json *item = json_at(items, i);

		if (strcmp(dns_answer_text(json_member(item, "Status"), "Zone"), name) == 0)
			*ret_id = dns_answer_id(item, "ID");
		if (*ret_id)
			return 0;
	}
	return error_set(err, ERR_NOT_FOUND, "no zone '%s'", name);
}

static char *zone_url(const struct dns_zone *zone)
{
	return xasprintf("/commonserviceitem/%s", zone->id);
}

/* Reads the zone. The reply's JSON is what will be written back: only the path to the array of
 * records is left of it. */
static int read_zone(struct dns_session *session, const struct dns_zone *zone,
		     struct dns_reply *ret_reply, struct json **ret_records, struct error *err)
{
	AUTO_FREE char *url = zone_url(zone);
	const struct dns_call call = {.what = "read the zone", .method = HTTP_GET, .url = url};
	static const char *const path[] = {"CommonServiceItem", "Settings", "DNS"};
	struct json *node = NULL;

	if (dns_call(session, &call, ret_reply, err) < 0)
		return err->code;
	node = ret_reply->json;
	for (size_t i = 0; i < ARRAY_LEN(path); i++) {
		struct json *parent = node;

		if (dns_answer_object(session, call.what, parent, path[i], &node, err) < 0)
			return err->code;
		dns_keep_member(parent, path[i]);
	}
	if (!json_member(node, "ResourceRecordSets") ||
	    json_is_null(json_member(node, "ResourceRecordSets")))
		json_set(node, "ResourceRecordSets", json_array_new());
	dns_keep_member(node, "ResourceRecordSets");
	*ret_records = json_member(node, "ResourceRecordSets");
	if (!json_is_array(*ret_records))
		return dns_bad_answer(session, call.what, "expected an array of records", err);
	return 0;
}

static int write_zone(struct dns_session *session, const struct dns_zone *zone,
		      const struct json *contents, const char *what, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO_FREE char *url = zone_url(zone);
	const struct dns_call call = {
		.what = what, .method = HTTP_PUT, .url = url, .json = contents};

	return dns_call(session, &call, &reply, err);
}

static bool is_record(const struct json *item, const char *name, const char *value)
{
	AUTO_FREE char *there = dns_unquote(dns_answer_text(item, "RData"));

	return strcmp(dns_answer_text(item, "Type"), "TXT") == 0 &&
	       strcmp(dns_answer_text(item, "Name"), name) == 0 && strcmp(there, value) == 0;
}

/* The index of the record, or json_count() of the records. */
static size_t find_record(const struct json *records, const struct dns_zone *zone,
			  const struct dns_record *record)
{
	AUTO_FREE char *name = dns_relative(record->name, zone, "@");
	size_t i;

	for (i = 0; i < json_count(records); i++)
		if (is_record(json_at(records, i), name, record->value))
			break;
	return i;
}

static const struct dns_record_shape shape = {
	.type = "Type", .name = "Name", .value = "RData", .ttl = "TTL", .apex = "@"};

static bool change_record(struct json *records, const struct dns_zone *zone,
			  const struct dns_record *record, bool is_removal, int ttl)
{
	size_t at = find_record(records, zone, record);
	bool is_there = at < json_count(records);

	if (is_there != is_removal)
		return false;
	if (is_removal)
		json_remove_at(records, at);
	else
		json_push(records, dns_record_object(&shape, zone, record, ttl));
	return true;
}

static int change_zone(struct dns_session *session, const struct dns_batch *batch, bool is_removal,
		       struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	struct json *records = NULL;
	bool changed = false;

	if (read_zone(session, batch->zone, &reply, &records, err) < 0)
		return err->code;
	for (size_t i = 0; i < batch->record_count; i++)
		changed |= change_record(records, batch->zone, batch->records[i], is_removal,
					 session->provider->ttl);
	if (!changed)
		return 0;
	return write_zone(session, batch->zone, reply.json,
			  is_removal ? "remove records" : "add records", err);
}

static int present(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return change_zone(session, batch, false, err);
}

static int cleanup(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return change_zone(session, batch, true, err);
}

const struct dns_provider dns_sakuracloud = {
	DNS_SERVICE("sakuracloud", "Sakura Cloud", "90"),
	DNS_CREDENTIALS({"api_token",
			 "API token for Sakura Cloud API obtained from "
			 "https://secure.sakura.ad.jp/cloud/#!/apikey/top/",
			 false},
			{"api_secret",
			 "API secret for Sakura Cloud API obtained from "
			 "https://secure.sakura.ad.jp/cloud/#!/apikey/top/",
			 false}),
	.credentials_source = "secure.sakura.ad.jp/cloud, API keys",
	.ttl = 60,
	.base_url = "https://secure.sakura.ad.jp/cloud/zone/is1a/api/cloud/1.1",
	.authorize = dns_authorize_basic,
	.error_shape = {.code = "error_code", .message = "error_msg"},
	.login_hint = "check dns_sakuracloud_api_token and dns_sakuracloud_api_secret; the key "
		      "must be allowed to change settings",
	.find_zone = find_zone,
	.present = present,
	.cleanup = cleanup,
};
