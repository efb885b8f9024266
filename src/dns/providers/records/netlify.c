/*
 * Netlify DNS (https://open-api.netlify.com/#tag/dnsZone): one record per value, one request per
 * record.
 */
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

static const struct dns_record_calls record_calls = {
	.shape = {.name = "hostname", .value = "value", .ttl = "ttl"},
	.list_zone = "/dns_zones/{zone_id}/dns_records",
	.new_url = "/dns_zones/{zone_id}/dns_records",
	.url = "/dns_zones/{zone_id}/dns_records/{id}",
};

const struct dns_provider dns_netlify = {
	DNS_SERVICE("netlify", "Netlify", "60"),
	DNS_CREDENTIALS({"api_key", "a personal access token, obtained from "
				    "https://app.netlify.com/user/applications"}),
	.credentials_source = "app.netlify.com/user/applications",
	.ttl = 60,
	.base_url = "https://api.netlify.com/api/v1",
	.authorize = dns_authorize_bearer,
	.error_shape = {.code = "code", .message = "message"},
	.login_hint = "check dns_netlify_api_key",
	.zone_calls =
		&(const struct dns_zone_calls){.url = "/dns_zones", .name = "name", .id = "id"},
	.list_zones = dns_list_zones_called,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
