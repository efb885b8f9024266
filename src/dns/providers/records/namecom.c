/*
 * Name.com, API v4 (https://www.name.com/api-docs): one record per value, one request per record.
 */
#include "base/alloc.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

static char *next_page(const struct dns_reply *page, const char *url)
{
	int64_t next;

	if (!json_int(json_member(page->json, "nextPage"), &next) || next < 2)
		return NULL;
	return xasprintf("%s&page=%lld", url, (long long)next);
}

static const struct dns_record_calls record_calls = {
	.shape = {.name = "host", .value = "answer", .ttl = "ttl", .apex = ""},
	.list_zone = "/domains/{zone}/records?perPage=1000",
	.array = "records",
	.next = next_page,
	.new_url = "/domains/{zone}/records",
	.url = "/domains/{zone}/records/{id}",
};

const struct dns_provider dns_namecom = {
	DNS_SERVICE("namecom", "Name.com", "900"),
	DNS_CREDENTIALS({"username", "name of the account", false, true},
			{"token", "API token, obtained from "
				  "https://www.name.com/account/settings/api"}),
	.credentials_source =
		"name.com/account/settings/api; API access on, with two-step verification",
	.ttl = 300, /* the least that is allowed */
	.base_url = "https://api.name.com/v4",
	.authorize = dns_authorize_basic,
	.error_shape = {.message = "message", .more = "details"},
	.login_hint =
		"check dns_namecom_username and dns_namecom_token; with two-step verification "
		"API access must be switched on in the account's security settings",
	.zone_calls = &(const struct dns_zone_calls){.url = "/domains/{zone}"},
	.find_zone = dns_find_zone_at,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
