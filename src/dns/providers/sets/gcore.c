/*
 * Gcore, DNS API v2 (https://gcore.com/docs/api-reference/dns): sets of values, written as a whole.
 */
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/sets.h"

/* {"ttl": 120, "resource_records": [{"content": ["value"]}]}. */
static struct json *new_body(const struct dns_session *session, const struct dns_set_change *change)
{
	struct json *body = json_object_new(), *records = json_array_new();

	for (size_t i = 0; i < change->after.count; i++) {
		struct json *record = json_object_new(), *content = json_array_new();

		json_push_string(content, change->after.items[i]);
		json_set(record, "content", content);
		json_push(records, record);
	}
	json_set(body, "resource_records", records);
	json_set_int(body, "ttl", change->ttl);
	return body;
}

const struct dns_provider dns_gcore = {
	DNS_SERVICE("gcore", "Gcore", "360"),
	DNS_CREDENTIALS(
		{"apitoken", "a permanent API token, obtained from "
			     "https://portal.gcore.com/accounts/profile/api-tokens"},
		{"api_url", "address of another API, https://api.gcore.com/dns", true, true}),
	.credentials_source = "portal.gcore.com, profile, API tokens",
	.ttl = 120,
	.base_url = "https://api.gcore.com/dns/v2",
	.endpoint = {"api_url", NULL, "/v2"},
	.authorize = dns_authorize_token,
	.token_scheme = "APIKey",
	.error_shape = {.message = "error"},
	.login_hint = "check dns_gcore_apitoken",
	.zone_calls = &(const struct dns_zone_calls){.url = "/zones/{zone}"},
	.find_zone = dns_find_zone_at,
	.set_calls = &(const struct dns_set_calls){.url = "/zones/{zone}/{fqdn}/TXT",
						   .path = {"resource_records"},
						   .value = "content",
						   .ttl = "ttl",
						   .body = new_body,
						   .new_url = "/zones/{zone}/{fqdn}/TXT"},
	.present = dns_present_sets,
	.cleanup = dns_cleanup_sets,
};
