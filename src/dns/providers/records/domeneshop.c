/*
 * Domeneshop, API v0 (https://api.domeneshop.no/docs/): one record per value, one request per
 * record.
 */
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

static enum dns_verdict judge(const struct dns_reply *reply)
{
	return reply->status == 409 ? DNS_EXISTS : DNS_AS_STATUS;
}

/* Domains may be registered here and have their DNS elsewhere. */
static void take_domain(void *zones, const struct json *item)
{
	char *id = dns_answer_id(item, "id");

	if (id && json_opt_bool(json_member(item, "services"), "dns", false))
		dns_zones_add(zones, dns_answer_text(item, "domain"), id);
	free(id);
}

static int list_zones(struct dns_session *session, struct dns_zones *ret_zones, struct error *err)
{
	static const struct dns_listing listing = {.what = "list domains", .url = "/domains"};

	return dns_list(session, &listing, take_domain, ret_zones, err);
}

static const struct dns_record_calls record_calls = {
	.shape = {.name = "host", .value = "data", .ttl = "ttl", .apex = "@"},
	.list_zone = "/domains/{zone_id}/dns",
	.new_url = "/domains/{zone_id}/dns",
	.url = "/domains/{zone_id}/dns/{id}",
};

const struct dns_provider dns_domeneshop = {
	DNS_SERVICE("domeneshop", "Domeneshop", "300"),
	DNS_CREDENTIALS({"client_token", "API token, obtained from "
					 "https://domene.shop/admin?view=api"},
			{"client_secret", "its secret"}),
	.credentials_source = "domene.shop/admin?view=api",
	.ttl = 300,
	.base_url = "https://api.domeneshop.no/v0",
	.authorize = dns_authorize_basic,
	.error_shape = {.code = "code", .message = "help"},
	.judge = judge,
	.login_hint = "check dns_domeneshop_client_token and dns_domeneshop_client_secret",
	.list_zones = list_zones,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
