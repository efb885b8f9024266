/*
 * DigitalOcean, API v2
 * (https://docs.digitalocean.com/reference/api/digitalocean/#tag/Domain-Records): one record per
 * value, one request per record.
 */
#include "base/alloc.h"
#include "codec/json.h"
#include "dns/answer.h"
#include "dns/api.h"

static const struct dns_credential credentials[] = {
	{"token", "API token for DigitalOcean account", false},
};

static const struct option options[] = {
	DNS_OPTIONS("digitalocean", "digitalocean", "DigitalOcean", "10"),
};

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	dns_add_bearer(headers, dns_credential(session, "token"));
	return 0;
}

static char *next_page(const struct dns_reply *page, const char *url)
{
	const struct json *pages = json_member(json_member(page->json, "links"), "pages");

	return xstrdup_or_null(json_text(json_member(pages, "next")));
}

static void take_zone(void *zones, const struct json *item)
{
	dns_zones_add(zones, dns_answer_text(item, "name"), NULL);
}

static int list_zones(struct dns_session *session, struct dns_zones *ret_zones, struct error *err)
{
	static const struct dns_listing listing = {.what = "list domains",
						   .url = "/domains?per_page=200",
						   .array = "domains",
						   .next = next_page};

	return dns_list(session, &listing, take_zone, ret_zones, err);
}

static void take_record(void *found, const struct json *item)
{
	dns_found_add_json(found, item, "name", "data");
}

/* A batch about one name asks for that name alone. */
static int list_records(struct dns_session *session, struct dns_found *found, struct error *err)
{
	const struct dns_batch *batch = found->batch;
	AUTO_FREE char *url = xasprintf("/domains/%s/records?type=TXT%s%s&per_page=200",
					batch->zone->name, batch->set_count == 1 ? "&name=" : "",
					batch->set_count == 1 ? batch->sets[0].name : "");
	const struct dns_listing listing = {
		.what = "list records", .url = url, .array = "domain_records", .next = next_page};

	return dns_list(session, &listing, take_record, found, err);
}

static char *new_url(const struct dns_session *session, const struct dns_zone *zone)
{
	return xasprintf("/domains/%s/records", zone->name);
}

static char *record_url(const struct dns_session *session, const struct dns_zone *zone,
			const char *id)
{
	return xasprintf("/domains/%s/records/%s", zone->name, id);
}

static struct json *new_record(const struct dns_session *session, const struct dns_zone *zone,
			       const struct dns_record *record)
{
	AUTO_FREE char *name = dns_relative(record->name, zone, "@");
	struct json *body = json_object_new();

	json_set_string(body, "type", "TXT");
	json_set_string(body, "name", name);
	json_set_string(body, "data", record->value);
	json_set_int(body, "ttl", session->provider->ttl);
	return body;
}

static const struct dns_record_calls record_calls = {
	.list = list_records,
	.new_url = new_url,
	.url = record_url,
	.body = new_record,
};

const struct dns_provider dns_digitalocean = {
	.plugin = DNS_PLUGIN("digitalocean",
			     "Obtain certificates using a DNS TXT record (if you are using "
			     "DigitalOcean for DNS).",
			     options),
	.title = "DigitalOcean",
	.ttl = 30,
	.credentials = credentials,
	.credential_count = ARRAY_LEN(credentials),
	.base_url = "https://api.digitalocean.com/v2",
	.authorize = authorize,
	.explain = dns_explain_message,
	.login_hint = "check dns_digitalocean_token; it needs read and write access",
	.list_zones = list_zones,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
