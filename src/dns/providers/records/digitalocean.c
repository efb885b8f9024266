/*
 * DigitalOcean, API v2
 * (https://docs.digitalocean.com/reference/api/digitalocean/#tag/Domain-Records): one record per
 * value, one request per record.
 */
#include "base/alloc.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

static char *next_page(const struct dns_reply *page, const char *url)
{
	const struct json *pages = json_member(json_member(page->json, "links"), "pages");

	return xstrdup_or_null(json_text(json_member(pages, "next")));
}

static const struct dns_zone_calls zone_calls = {
	.url = "/domains?per_page=200",
	.array = "domains",
	.name = "name",
	.next = next_page,
};

static const struct dns_record_calls record_calls = {
	.shape = {.name = "name", .value = "data", .ttl = "ttl", .apex = "@"},
	.list_zone = "/domains/{zone}/records?type=TXT&per_page=200",
	.list_name = "/domains/{zone}/records?type=TXT&name={fqdn}&per_page=200",
	.array = "domain_records",
	.next = next_page,
	.new_url = "/domains/{zone}/records",
	.url = "/domains/{zone}/records/{id}",
};

const struct dns_provider dns_digitalocean = {
	DNS_SERVICE("digitalocean", "DigitalOcean", "10"),
	DNS_CREDENTIALS({"token", "API token for DigitalOcean account", false}),
	.credentials_source = "cloud.digitalocean.com, API; read and write",
	.ttl = 30,
	.base_url = "https://api.digitalocean.com/v2",
	.authorize = dns_authorize_bearer,
	.error_shape = {.message = "message"},
	.login_hint = "check dns_digitalocean_token; it needs read and write access",
	.zone_calls = &zone_calls,
	.list_zones = dns_list_zones_called,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
