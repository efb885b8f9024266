/*
 * Technitium DNS Server (https://github.com/TechnitiumSoftware/DnsServer/blob/master/APIDOCS.md): one
 * record per value, one form per record. Records have no ids. Answers have status 200; "status" says
 * whether it went well.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "codec/url.h"
#include "dns/api/actions.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

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
static const struct dns_form_field fields[] = {{"token", "api_token"}, {NULL}};

static int list_zones(struct dns_session *session, struct dns_zones *ret_zones, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	const struct dns_action action = {"list zones", "/zones/list"};
	const struct json *zones;

	if (dns_send_form(session, &action, NULL, &reply, err) < 0)
		return err->code;
	zones = json_member(json_member(reply.json, "response"), "zones");
	for (size_t i = 0; i < json_count(zones); i++)
		dns_zones_add(ret_zones, dns_answer_text(json_at(zones, i), "name"), NULL);
	return 0;
}

/* The parameters that remove a record stand for its id. */
static void take_records(struct dns_found *found, const struct dns_reply *reply)
{
	const struct json *records = json_member(json_member(reply->json, "response"), "records");

	for (size_t i = 0; i < json_count(records); i++) {
		const struct json *record = json_at(records, i);
		const char *name = dns_answer_text(record, "name");
		const char *text = dns_answer_text(json_member(record, "rData"), "text");
		AUTO(json) struct json *params = json_object_new();
		AUTO(strbuf) struct strbuf id = STRBUF_INIT;

		if (strcmp(dns_answer_text(record, "type"), "TXT") != 0)
			continue;
		json_set_string(params, "domain", name);
		json_set_string(params, "type", "TXT");
		json_set_string(params, "text", text);
		json_print(params, JSON_COMPACT, &id);
		dns_found_add(found, name, text, id.text);
	}
}

static const struct dns_action_calls action_calls = {
	.send = dns_send_form,
	.fields = fields,
	.list = "/zones/records/get",
	.lists_each_name = true,
	.add = "/zones/records/add",
	.remove = "/zones/records/delete",
	.zone = "zone",
	.list_name = "domain",
	.take = take_records,
};

static const struct dns_record_calls record_calls = {
	.shape = {.name = "domain", .value = "text", .ttl = "ttl"},
	DNS_RECORDS_BY_ACTION,
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
	.endpoint = {"api_url", NULL, "/api"},
	.list_zones = list_zones,
	.action_calls = &action_calls,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
