/*
 * NameSilo (https://www.namesilo.com/api-reference): one record per value, one request per record.
 * Answers are XML with status 200 and a code of their own, 300 for success. Zones are published a
 * quarter of an hour later and more.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "codec/xml.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

static int open_session(struct dns_session *session, struct error *err)
{
	AUTO(strbuf) struct strbuf query = STRBUF_INIT;

	strbuf_adds(&query, "version=1&type=xml");
	dns_add_field(&query, "key", dns_credential(session, "key"));
	session->query = strbuf_detach(&query);
	return 0;
}

/* <namesilo><reply><code>110</code><detail>Invalid API Key</detail></reply></namesilo>. */
static const char *reply_text(const struct dns_reply *reply, const char *name)
{
	const char *text = xml_find_text(xml_find(reply->xml, "reply"), name);

	return text ? text : "";
}

static enum dns_verdict judge(const struct dns_reply *reply)
{
	static const struct dns_reason reasons[] = {
		{"110", DNS_DENIED},  /* key */
		{"111", DNS_DENIED},  /* user */
		{"112", DNS_DENIED},  /* not for sub-accounts */
		{"113", DNS_DENIED},  /* address */
		{"114", DNS_UNKNOWN}, /* what cannot be a domain */
		{"200", DNS_UNKNOWN}, /* not a domain of the account */
	};
	const char *code = reply_text(reply, "code");

	if (!*code || strcmp(code, "300") == 0)
		return DNS_AS_STATUS;
	return dns_judge_words(code, reasons, ARRAY_LEN(reasons));
}

static void explain_body(const struct dns_reply *answer, struct strbuf *out)
{
	if (answer->xml)
		strbuf_addf(out, "%s: %s", reply_text(answer, "code"),
			    reply_text(answer, "detail"));
}

/* Calls an operation on a zone with the members of the object (NULL: none). */
static int call_operation(struct dns_session *session, struct dns_call call,
			  const struct dns_zone *zone, const struct json *object,
			  struct dns_reply *ret_reply, struct error *err)
{
	AUTO(strbuf) struct strbuf url = STRBUF_INIT, form = STRBUF_INIT;

	dns_add_field(&form, "domain", zone->name);
	dns_add_members(&form, object);
	strbuf_addf(&url, "%s?%s", call.url, form.text);
	call.url = url.text;
	call.method = HTTP_GET;
	call.flags = DNS_CALL_XML;
	return dns_call(session, &call, ret_reply, err);
}

static int find_zone(struct dns_session *session, const char *name, char **ret_id,
		     struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO_FREE char *copy = xstrdup(name);
	const struct dns_zone zone = {.name = copy};
	const struct dns_call call = {.what = "look up the zone", .url = "/dnsListRecords"};

	return call_operation(session, call, &zone, NULL, &reply, err);
}

static int list_records(struct dns_session *session, struct dns_found *found, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	const struct dns_call call = {.what = "list records", .url = "/dnsListRecords"};
	const struct xml *parent, *record;

	if (call_operation(session, call, found->batch->zone, NULL, &reply, err) < 0)
		return err->code;
	parent = xml_find(reply.xml, "reply");
	for (size_t i = 0; parent && (record = xml_at(parent, i)) != NULL; i++) {
		const char *type = xml_find_text(record, "type");
		const char *host = xml_find_text(record, "host");
		const char *value = xml_find_text(record, "value");

		if (type && host && value && strcmp(type, "TXT") == 0)
			dns_found_add(found, host, value, xml_find_text(record, "record_id"));
	}
	return 0;
}

static int add_record(struct dns_session *session, const struct dns_zone *zone, struct json *object,
		      struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	const struct dns_call call = {.what = "add a record", .url = "/dnsAddRecord"};

	return call_operation(session, call, zone, object, &reply, err);
}

static int remove_record(struct dns_session *session, const struct dns_zone *zone, const char *id,
			 struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *object = json_object_new();
	const struct dns_call call = {.what = "remove a record", .url = "/dnsDeleteRecord"};

	json_set_string(object, "rrid", id);
	return call_operation(session, call, zone, object, &reply, err);
}

static const struct dns_record_calls record_calls = {
	.shape = {.type = "rrtype",
		  .name = "rrhost",
		  .value = "rrvalue",
		  .ttl = "rrttl",
		  .apex = ""},
	.list = list_records,
	.add = add_record,
	.remove = remove_record,
};

const struct dns_provider dns_namesilo = {
	DNS_SERVICE("namesilo", "NameSilo", "3600"),
	DNS_CREDENTIALS(
		{"key", "API key, obtained from https://www.namesilo.com/account/api-manager"}),
	.credentials_source = "namesilo.com/account/api-manager",
	.ttl = 3600, /* the least that is allowed */
	.base_url = "https://www.namesilo.com/api",
	.explain_body = explain_body,
	.judge = judge,
	.login_hint = "check dns_namesilo_key, and that this machine's address is allowed",
	.open = open_session,
	.find_zone = find_zone,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
