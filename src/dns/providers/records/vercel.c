/*
 * Vercel (https://vercel.com/docs/rest-api/reference/endpoints/dns): one record per value, one
 * request per record. A domain belongs to a person or to a team, which every request must name.
 */
#include "base/alloc.h"
#include "codec/json.h"
#include "codec/url.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

static char *next_page(const struct dns_reply *page, const char *url)
{
	AUTO_FREE char *next = dns_answer_id(json_member(page->json, "pagination"), "next");

	return next ? xasprintf("%s&until=%s", url, next) : NULL;
}

static const struct dns_record_calls record_calls = {
	.shape = {.name = "name", .value = "value", .ttl = "ttl", .apex = ""},
	.list_zone = "/v4/domains/{zone}/records?limit=100",
	.array = "records",
	.next = next_page,
	.new_url = "/v2/domains/{zone}/records",
	.url = "/v2/domains/{zone}/records/{id}",
};

const struct dns_provider dns_vercel = {
	DNS_SERVICE("vercel", "Vercel", "60"),
	DNS_CREDENTIALS({"api_token", "an access token, obtained from "
				      "https://vercel.com/account/tokens"},
			{"team_id", "ID of the team that has the domain, team_...", true, true}),
	.credentials_source = "vercel.com/account/tokens",
	.ttl = 60, /* the least that is allowed */
	.base_url = "https://api.vercel.com",
	.authorize = dns_authorize_bearer,
	.error_shape = {{"error"}, "code", "message"},
	.login_hint = "check dns_vercel_api_token; for a domain that belongs to a team "
		      "dns_vercel_team_id is needed too",
	.query = {NULL, "teamId", "team_id"},
	.zone_calls = &(const struct dns_zone_calls){.url = "/v5/domains/{zone}"},
	.find_zone = dns_find_zone_at,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
