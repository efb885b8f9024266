/*
 * IONOS, DNS API v1 of its hosting (https://developer.hosting.ionos.com/docs/dns): one record per
 * value; several are added in one request. (The DNS of IONOS Cloud is another service.)
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	AUTO_FREE char *key = xasprintf("%s.%s", dns_credential(session, "prefix"),
					dns_credential(session, "secret"));

	headers_add(headers, "X-API-Key", key);
	secret_wipe(key, strlen(key));
	return 0;
}

/* [{"code": "UNAUTHORIZED", "message": "..."}]. */
static void explain(const struct json *answer, struct strbuf *out)
{
	for (size_t i = 0; json_is_array(answer) && i < json_count(answer); i++) {
		strbuf_adds(out, i ? ", " : "");
		dns_explain_code(json_at(answer, i), out);
	}
}

static int add_all(struct dns_session *session, const struct dns_zone *zone, struct json *objects,
		   struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO_FREE char *url = xasprintf("/zones/%s/records", zone->id);
	const struct dns_call call = {.what = "add records",
				      .method = HTTP_POST,
				      .url = url,
				      .json = objects,
				      .flags = DNS_CALL_REPEATABLE};

	return dns_call(session, &call, &reply, err);
}

static const struct dns_record_calls record_calls = {
	.shape = {.name = "name", .value = "content", .ttl = "ttl"},
	.list_zone = "/zones/{zone_id}?recordType=TXT",
	.list_name = "/zones/{zone_id}?recordType=TXT&recordName={fqdn}",
	.array = "records",
	.url = "/zones/{zone_id}/records/{id}",
	.add_all = add_all,
};

const struct dns_provider dns_ionos = {
	DNS_SERVICE("ionos", "IONOS", "900"),
	DNS_CREDENTIALS(
		{"prefix", "public prefix of the API key"}, {"secret", "secret of the API key"},
		{"endpoint", "address of the API, https://api.hosting.ionos.com", true, true}),
	.credentials_source = "developer.hosting.ionos.com/keys",
	.ttl = 300,
	.max_batch = 100,
	.base_url = "https://api.hosting.ionos.com/dns/v1",
	.authorize = authorize,
	.explain = explain,
	.login_hint = "check dns_ionos_prefix and dns_ionos_secret",
	.endpoint = {"endpoint", NULL, "/dns/v1"},
	.zone_calls = &(const struct dns_zone_calls){.url = "/zones", .name = "name", .id = "id"},
	.list_zones = dns_list_zones_called,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
