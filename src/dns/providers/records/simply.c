/*
 * Simply.com, API v2 (https://www.simply.com/en/docs/api/): one record per value, one request per
 * record. A domain is part of a product, whose handle identifies it in URLs.
 */
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

/* Of several products with one name the first counts. */
static void take_product(void *zones, const struct json *item)
{
	const struct json *domain = json_member(item, "domain");
	const char *object = dns_answer_text(item, "object");

	if (*object && *dns_answer_text(domain, "name"))
		dns_zones_add(zones, dns_answer_text(domain, "name"), object);
}

static int list_zones(struct dns_session *session, struct dns_zones *ret_zones, struct error *err)
{
	static const struct dns_listing listing = {
		.what = "list products", .url = "/my/products/", .array = "products"};

	return dns_list(session, &listing, take_product, ret_zones, err);
}

static const struct dns_record_calls record_calls = {
	.shape = {.name = "name", .value = "data", .ttl = "ttl", .id = "record_id", .apex = "@"},
	.list_zone = "/my/products/{zone_id}/dns/records/",
	.array = "records",
	.new_url = "/my/products/{zone_id}/dns/records/",
	.url = "/my/products/{zone_id}/dns/records/{id}/",
};

const struct dns_provider dns_simply = {
	DNS_SERVICE("simply", "Simply.com", "300"),
	DNS_CREDENTIALS({"account_name", "name of the account, S123456", false, true},
			{"api_key", "its API key"}),
	.credentials_source = "simply.com/en/controlpanel, account, API",
	.ttl = 600, /* records with less have vanished */
	.base_url = "https://api.simply.com/2",
	.authorize = dns_authorize_basic,
	.error_shape = {.message = "error"},
	.login_hint = "check dns_simply_account_name and dns_simply_api_key",
	.list_zones = list_zones,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
