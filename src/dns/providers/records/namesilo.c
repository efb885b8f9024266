/*
 * NameSilo (https://www.namesilo.com/api-reference): one record per value, one request per record.
 * Answers are XML with status 200 and a code of their own, 300 for success. Zones are published a
 * quarter of an hour later and more.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/xml.h"
#include "dns/api/actions.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

/* <namesilo><reply><code>110</code><detail>Invalid API Key</detail></reply></namesilo>. */
static const struct dns_reason reasons[] = {
	{"110", DNS_DENIED},  /* key */
	{"111", DNS_DENIED},  /* user */
	{"112", DNS_DENIED},  /* not for sub-accounts */
	{"113", DNS_DENIED},  /* address */
	{"114", DNS_UNKNOWN}, /* what cannot be a domain */
	{"200", DNS_UNKNOWN}, /* not a domain of the account */
};

/* Parameters are the query. */
static int send_operation(struct dns_session *session, const struct dns_action *action,
			  struct json *params, struct dns_reply *ret_reply, struct error *err)
{
	AUTO(strbuf) struct strbuf query = STRBUF_INIT;
	AUTO_FREE char *url = NULL;

	dns_add_members(&query, params);
	url = xasprintf("/%s?%s", action->name, query.text);
	return dns_call(session,
			&(const struct dns_call){.what = action->what,
						 .method = HTTP_GET,
						 .url = url,
						 .flags = DNS_CALL_XML},
			ret_reply, err);
}

static void take_records(struct dns_found *found, const struct dns_reply *reply)
{
	const struct xml *parent = xml_find(reply->xml, "reply"), *record;

	for (size_t i = 0; parent && (record = xml_at(parent, i)) != NULL; i++) {
		const char *type = xml_find_text(record, "type");
		const char *host = xml_find_text(record, "host");
		const char *value = xml_find_text(record, "value");

		if (type && host && value && strcmp(type, "TXT") == 0)
			dns_found_add(found, host, value, xml_find_text(record, "record_id"));
	}
}

static const struct dns_action_calls action_calls = {
	.send = send_operation,
	.find = "dnsListRecords",
	.list = "dnsListRecords",
	.add = "dnsAddRecord",
	.remove = "dnsDeleteRecord",
	.zone = "domain",
	.take = take_records,
	.id = "rrid",
};

static const struct dns_record_calls record_calls = {
	.shape = {.type = "rrtype",
		  .name = "rrhost",
		  .value = "rrvalue",
		  .ttl = "rrttl",
		  .apex = ""},
	DNS_RECORDS_BY_ACTION,
};

const struct dns_provider dns_namesilo = {
	DNS_SERVICE("namesilo", "NameSilo", "3600"),
	DNS_CREDENTIALS(
		{"key", "API key, obtained from https://www.namesilo.com/account/api-manager"}),
	.credentials_source = "namesilo.com/account/api-manager",
	.ttl = 3600, /* the least that is allowed */
	.base_url = "https://www.namesilo.com/api",
	.error_shape = {{"reply"}, "code", "detail", .success = "300", DNS_REASONS(reasons)},
	.login_hint = "check dns_namesilo_key, and that this machine's address is allowed",
	.query = {"version=1&type=xml", "key", "key"},
	.action_calls = &action_calls,
	.find_zone = dns_find_zone_by_action,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
