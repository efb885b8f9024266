/*
 * Technitium DNS Server (https://github.com/TechnitiumSoftware/DnsServer/blob/master/APIDOCS.md): one
 * record per value, one form per record. Records have no ids. Answers have status 200; "status" says
 * whether it went well.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

static int open_session(struct dns_session *session, struct error *err)
{
	return dns_use_endpoint(session, "api_url", "/api", err);
}

static enum dns_verdict judge(const struct dns_reply *reply)
{
	const char *status = dns_answer_text(reply->json, "status");

	if (!*status || strcmp(status, "ok") == 0)
		return DNS_AS_STATUS;
	return strcmp(status, "error") == 0 ? DNS_REFUSED : DNS_DENIED;
}

/* {"status": "error", "errorMessage": "..."}, or "invalid-token" alone. */
static void explain(const struct json *answer, struct strbuf *out)
{
	const char *message = dns_answer_text(answer, "errorMessage");

	strbuf_adds(out, *message ? message : dns_answer_text(answer, "status"));
}

/* The token goes as a field, which servers before version 15 need. */
static int post_form(struct dns_session *session, struct dns_call call, const struct json *object,
		     struct dns_reply *ret_reply, struct error *err)
{
	AUTO(strbuf) struct strbuf form = STRBUF_INIT;

	dns_add_field(&form, "token", dns_credential(session, "api_token"));
	dns_add_members(&form, object);
	call.flags = DNS_CALL_REPEATABLE;
	return dns_post_form(session, call, &form, ret_reply, err);
}

static int list_zones(struct dns_session *session, struct dns_zones *ret_zones, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	const struct dns_call call = {.what = "list zones", .url = "/zones/list"};
	const struct json *zones;

	if (post_form(session, call, NULL, &reply, err) < 0)
		return err->code;
	zones = json_member(json_member(reply.json, "response"), "zones");
	for (size_t i = 0; i < json_count(zones); i++)
		dns_zones_add(ret_zones, dns_answer_text(json_at(zones, i), "name"), NULL);
	return 0;
}

/* Makes the object that finds the records of a name; a change of one adds members to it. */
static struct json *object_of(const struct dns_zone *zone, const char *name)
{
	struct json *object = json_object_new();

	json_set_string(object, "zone", zone->name);
	json_set_string(object, "domain", name);
	return object;
}

static int list_records(struct dns_session *session, struct dns_found *found, struct error *err)
{
	const struct dns_call call = {.what = "list records", .url = "/zones/records/get"};

	for (size_t i = 0; i < found->batch->set_count; i++) {
		const char *name = found->batch->sets[i].name;
		AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
		AUTO(json) struct json *object = object_of(found->batch->zone, name);
		const struct json *records;

		if (post_form(session, call, object, &reply, err) < 0)
			return err->code;
		records = json_member(json_member(reply.json, "response"), "records");
		json_set_string(object, "type", "TXT");
		for (size_t j = 0; j < json_count(records); j++) {
			const struct json *record = json_at(records, j);
			const char *text = dns_answer_text(json_member(record, "rData"), "text");
			AUTO(strbuf) struct strbuf id = STRBUF_INIT;

			if (strcmp(dns_answer_text(record, "type"), "TXT") != 0)
				continue;
			json_set_string(object, "text", text);
			json_print(object, JSON_COMPACT, &id);
			dns_found_add(found, name, text, id.text);
		}
	}
	return 0;
}

static int add_record(struct dns_session *session, const struct dns_zone *zone, struct json *object,
		      struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	const struct dns_call call = {.what = "add a record", .url = "/zones/records/add"};

	json_set_string(object, "zone", zone->name);
	return post_form(session, call, object, &reply, err);
}

static int remove_record(struct dns_session *session, const struct dns_zone *zone, const char *id,
			 struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *object = dns_record_of_id(id);
	const struct dns_call call = {.what = "remove a record", .url = "/zones/records/delete"};

	return post_form(session, call, object, &reply, err);
}

static const struct dns_record_calls record_calls = {
	.shape = {.name = "domain", .value = "text", .ttl = "ttl"},
	.list = list_records,
	.add = add_record,
	.remove = remove_record,
};

const struct dns_provider dns_technitium = {
	DNS_SERVICE("technitium", "Technitium DNS Server", "60"),
	DNS_CREDENTIALS({"api_url",
			 "the address of the server, such as https://ns1.example.org:53443", false,
			 true},
			{"api_token",
			 "an API token of a user who may view, modify and delete in the zone"}),
	.credentials_source =
		"the server's console, administration, sessions; may view, modify and delete in the zone",
	.flags = DNS_OWN_SERVER,
	.ttl = 60,
	.explain = explain,
	.judge = judge,
	.login_hint =
		"check dns_technitium_api_token, and that its user may view, modify and delete in "
		"the zone",
	.open = open_session,
	.list_zones = list_zones,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
