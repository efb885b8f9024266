/*
 * Linode, API v4 (https://techdocs.akamai.com/linode-api/reference/get-domain-records): one record
 * per value, one request per record.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

/* {"errors": [{"reason": "...", "field": "..."}]} */
static void explain(const struct json *answer, struct strbuf *out)
{
	const struct json *errors = json_member(answer, "errors");

	for (size_t i = 0; errors && i < json_count(errors); i++) {
		const char *field = dns_answer_text(json_at(errors, i), "field");

		strbuf_addf(out, "%s%s%s%s", i ? ", " : "", field, *field ? ": " : "",
			    dns_answer_text(json_at(errors, i), "reason"));
	}
}

struct zone_search {
	const char *name;
	char **ret_id;
};

static void take_zone(void *context, const struct json *item)
{
	const struct zone_search *search = context;

	if (!*search->ret_id && strcmp(dns_answer_text(item, "domain"), search->name) == 0)
		*search->ret_id = dns_answer_id(item, "id");
}

static int find_zone(struct dns_session *session, const char *name, char **ret_id,
		     struct error *err)
{
	AUTO(headers) struct headers headers = HEADERS_INIT;
	AUTO(json) struct json *filter = json_object_new();
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	const struct dns_listing listing = {.what = "look up the domain",
					    .url = "/domains",
					    .array = "data",
					    .headers = &headers};
	struct zone_search search = {name, ret_id};

	json_set_string(filter, "domain", name);
	json_print(filter, JSON_COMPACT, &text);
	headers_add(&headers, "X-Filter", text.text);
	if (dns_list(session, &listing, take_zone, &search, err) < 0)
		return err->code;
	return *ret_id ? 0 : error_set(err, ERR_NOT_FOUND, "no domain '%s'", name);
}

static char *next_page(const struct dns_reply *page, const char *url)
{
	return dns_next_page(page->json, "page", "pages", url);
}

static const struct dns_record_calls record_calls = {
	.shape = {.name = "name", .value = "target", .ttl = "ttl_sec", .apex = ""},
	.list_zone = "/domains/{zone_id}/records?page_size=500",
	.array = "data",
	.next = next_page,
	.new_url = "/domains/{zone_id}/records",
	.url = "/domains/{zone_id}/records/{id}",
};

const struct dns_provider dns_linode = {
	DNS_SERVICE("linode", "Linode", "120"),
	DNS_CREDENTIALS({"key",
			 "API key for Linode account, obtained from "
			 "https://cloud.linode.com/profile/tokens",
			 false}),
	.credentials_source = "cloud.linode.com/profile/tokens; Domains: read/write",
	.ttl = 0, /* the zone's own */
	.base_url = "https://api.linode.com/v4",
	.authorize = dns_authorize_bearer,
	.explain = explain,
	.login_hint = "check dns_linode_key; the token needs read and write access to Domains",
	.find_zone = find_zone,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
