/*
 * Vultr, API v2 (https://www.vultr.com/api/#tag/dns): one record per value, one request per record.
 * Lists are continued by a cursor.
 */
#include "base/alloc.h"
#include "codec/json.h"
#include "codec/url.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

static char *next_page(const struct dns_reply *page, const char *url)
{
	const struct json *links = json_member(json_member(page->json, "meta"), "links");
	const char *cursor = dns_answer_text(links, "next");
	AUTO(strbuf) struct strbuf next = STRBUF_INIT;

	if (!*cursor)
		return NULL;
	strbuf_addf(&next, "%s&cursor=", url);
	url_add_escaped(&next, cursor);
	return strbuf_detach(&next);
}

static const struct dns_zone_calls zone_calls = {
	.url = "/domains?per_page=500",
	.array = "domains",
	.name = "domain",
	.next = next_page,
};

static const struct dns_record_calls record_calls = {
	.shape = {.name = "name", .value = "data", .ttl = "ttl", .apex = "", .is_quoted = true},
	.list_zone = "/domains/{zone}/records?per_page=500",
	.array = "records",
	.next = next_page,
	.new_url = "/domains/{zone}/records",
	.url = "/domains/{zone}/records/{id}",
};

const struct dns_provider dns_vultr = {
	DNS_SERVICE("vultr", "Vultr", "60"),
	DNS_CREDENTIALS({"key", "API key for Vultr account, obtained from "
				"https://my.vultr.com/settings/#settingsapi"}),
	.credentials_source = "my.vultr.com/settings/#settingsapi",
	.ttl = 120,
	.base_url = "https://api.vultr.com/v2",
	.authorize = dns_authorize_bearer,
	.error_shape = {.message = "error"},
	.login_hint = "check dns_vultr_key, and that its access control lets this machine in",
	.zone_calls = &zone_calls,
	.list_zones = dns_list_zones_called,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
