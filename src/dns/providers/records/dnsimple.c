/*
 * DNSimple, API v2 (https://developer.dnsimple.com/v2/zones/records/): one record per value, one
 * request per record. Its batch request is left alone: only the most expensive plan has it.
 *
 * A token belongs to an account, or to a user with several: the id of a zone is its account's.
 */
#include "base/alloc.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

static char *next_page(const struct dns_reply *page, const char *url)
{
	return dns_next_page(json_member(page->json, "pagination"), "current_page", "total_pages",
			     url);
}

/* Accounts without a plan hold no zones. */
static void take_account(void *accounts, const struct json *item)
{
	const struct json *plan = json_member(item, "plan_identifier");
	char *id = dns_answer_id(item, "id");

	if (id && plan && !json_is_null(plan))
		strvec_push(accounts, id);
	free(id);
}

struct account_zones {
	const char *account;
	struct dns_zones *zones;
};

static void take_zone(void *context, const struct json *item)
{
	const struct account_zones *of = context;

	dns_zones_add(of->zones, dns_answer_text(item, "name"), of->account);
}

static int list_zones(struct dns_session *session, struct dns_zones *ret_zones, struct error *err)
{
	static const struct dns_listing listing = {
		.what = "list accounts", .url = "/accounts", .array = "data"};
	AUTO(strvec) struct strvec accounts = STRVEC_INIT;

	if (dns_list(session, &listing, take_account, &accounts, err) < 0)
		return err->code;
	for (size_t i = 0; i < accounts.count; i++) {
		struct account_zones of = {accounts.items[i], ret_zones};
		AUTO_FREE char *url = xasprintf("/%s/zones?per_page=100", of.account);
		const struct dns_listing zones = {
			.what = "list zones", .url = url, .array = "data", .next = next_page};

		if (dns_list(session, &zones, take_zone, &of, err) < 0)
			return err->code;
	}
	return 0;
}

static const struct dns_record_calls record_calls = {
	.shape = {.name = "name", .value = "content", .ttl = "ttl", .apex = ""},
	.list_zone = "/{zone_id}/zones/{zone}/records?type=TXT&per_page=100",
	.list_name = "/{zone_id}/zones/{zone}/records?type=TXT&name={name}&per_page=100",
	.array = "data",
	.next = next_page,
	.new_url = "/{zone_id}/zones/{zone}/records",
	.url = "/{zone_id}/zones/{zone}/records/{id}",
};

const struct dns_provider dns_dnsimple = {
	DNS_SERVICE("dnsimple", "DNSimple", "30"),
	DNS_CREDENTIALS({"token",
			 "User access token for DNSimple v2 API. (See https://dnsimple.com/user.)",
			 false}),
	.credentials_source = "dnsimple.com/user, access tokens",
	.ttl = 60,
	.base_url = "https://api.dnsimple.com/v2",
	.authorize = dns_authorize_bearer,
	.error_shape = {.message = "message"},
	.login_hint = "check dns_dnsimple_token",
	.list_zones = list_zones,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
