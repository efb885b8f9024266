/*
 * Bunny DNS (https://docs.bunny.net/reference/dnszonepublic_index): one record per value, one
 * request per record. Types of records are numbers.
 */
#include "base/alloc.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

enum {
	TYPE_TXT = 3,
};

static char *next_page(const struct dns_reply *page, const char *url)
{
	int64_t current;

	if (!json_opt_bool(page->json, "HasMoreItems", false) ||
	    !json_int(json_member(page->json, "CurrentPage"), &current))
		return NULL;
	return xasprintf("/dnszone?perPage=100&page=%lld", (long long)current + 1);
}

static const struct dns_record_calls record_calls = {
	.shape = {.type = "Type",
		  .type_number = TYPE_TXT,
		  .name = "Name",
		  .value = "Value",
		  .ttl = "Ttl",
		  .id = "Id",
		  .apex = ""},
	.list_zone = "/dnszone/{zone_id}",
	.array = "Records",
	.new_url = "/dnszone/{zone_id}/records",
	.new_by_put = true,
	.url = "/dnszone/{zone_id}/records/{id}",
};

const struct dns_provider dns_bunny = {
	DNS_SERVICE("bunny", "Bunny", "120"),
	DNS_CREDENTIALS({"api_key", "API key of the account, obtained from "
				    "https://dash.bunny.net/account/api-key"}),
	.credentials_source = "dash.bunny.net/account/api-key; the account's, not a zone's",
	.ttl = 60,
	.base_url = "https://api.bunny.net",
	.authorize = dns_authorize_token,
	.token_field = "AccessKey",
	.error_shape = {.code = "ErrorKey", .message = "Message"},
	.login_hint = "check dns_bunny_api_key; it must be the account's, not that of a zone",
	.zone_calls = &(const struct dns_zone_calls){.url = "/dnszone?perPage=100&page=1",
						     .array = "Items",
						     .name = "Domain",
						     .id = "Id",
						     .next = next_page},
	.list_zones = dns_list_zones_called,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
