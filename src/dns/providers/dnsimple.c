/*
 * DNSimple, API v2 (https://developer.dnsimple.com/v2/zones/records/): one record per value, one
 * request per record. Its batch request is left alone: only the most expensive plan has it.
 *
 * A token belongs to an account, or to a user with several: the id of a zone is its account's.
 */
#include "base/alloc.h"
#include "codec/json.h"
#include "codec/url.h"
#include "dns/answer.h"
#include "dns/api.h"

static const struct dns_credential credentials[] = {
	{"token", "User access token for DNSimple v2 API. (See https://dnsimple.com/user.)", false},
};

static const struct option options[] = {
	DNS_OPTIONS("dnsimple", "dnsimple", "DNSimple", "30"),
};

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	dns_add_bearer(headers, dns_credential(session, "token"));
	return 0;
}

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

static void take_record(void *found, const struct json *item)
{
	dns_found_add_json(found, item, "name", "content");
}

/* A batch about one name asks for that name alone. */
static int list_records(struct dns_session *session, struct dns_found *found, struct error *err)
{
	const struct dns_batch *batch = found->batch;
	const struct dns_zone *zone = batch->zone;
	AUTO(strbuf) struct strbuf url = STRBUF_INIT;
	struct dns_listing listing = {.what = "list records", .array = "data", .next = next_page};

	strbuf_addf(&url, "/%s/zones/%s/records?type=TXT", zone->id, zone->name);
	if (batch->set_count == 1) {
		AUTO_FREE char *name = dns_relative(batch->sets[0].name, zone, "");

		strbuf_adds(&url, "&name=");
		url_add_escaped(&url, name);
	}
	strbuf_adds(&url, "&per_page=100");
	listing.url = url.text;
	return dns_list(session, &listing, take_record, found, err);
}

static char *new_url(const struct dns_session *session, const struct dns_zone *zone)
{
	return xasprintf("/%s/zones/%s/records", zone->id, zone->name);
}

static char *record_url(const struct dns_session *session, const struct dns_zone *zone,
			const char *id)
{
	return xasprintf("/%s/zones/%s/records/%s", zone->id, zone->name, id);
}

static struct json *new_record(const struct dns_session *session, const struct dns_zone *zone,
			       const struct dns_record *record)
{
	AUTO_FREE char *name = dns_relative(record->name, zone, "");
	struct json *body = json_object_new();

	json_set_string(body, "type", "TXT");
	json_set_string(body, "name", name);
	json_set_string(body, "content", record->value);
	json_set_int(body, "ttl", session->provider->ttl);
	return body;
}

static const struct dns_record_calls record_calls = {
	.list = list_records,
	.new_url = new_url,
	.url = record_url,
	.body = new_record,
};

const struct dns_provider dns_dnsimple = {
	.plugin = DNS_PLUGIN("dnsimple",
			     "Obtain certificates using a DNS TXT record (if you are "
			     "using DNSimple for DNS).",
			     options),
	.title = "DNSimple",
	.ttl = 60,
	.credentials = credentials,
	.credential_count = ARRAY_LEN(credentials),
	.base_url = "https://api.dnsimple.com/v2",
	.authorize = authorize,
	.explain = dns_explain_message,
	.login_hint = "check dns_dnsimple_token",
	.list_zones = list_zones,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
