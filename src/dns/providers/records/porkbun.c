/*
 * Porkbun, API v3 (https://porkbun.com/api/json/v3/documentation): one record per value, one
 * request per record. The API is off until it is switched on, for each domain.
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
	headers_add(headers, "X-API-Key", dns_credential(session, "key"));
	headers_add(headers, "X-Secret-API-Key", dns_credential(session, "secret"));
	return 0;
}

/* {"status": "ERROR", "code": "INVALID_DOMAIN", "message": "Invalid domain."}; codes are new. */
static const struct dns_reason reasons[] = {
	{"Invalid domain", DNS_UNKNOWN},
	{"Invalid record ID", DNS_UNKNOWN},
	{"Invalid API key", DNS_DENIED},
	{"opted in to API access", DNS_DENIED},
};

static const struct dns_record_calls record_calls = {
	.shape =
		{.name = "name", .value = "content", .ttl = "ttl", .apex = "", .ttl_is_text = true},
	.list_zone = "/dns/retrieve/{zone}",
	.array = "records",
	.new_url = "/dns/create/{zone}",
	.url = "/dns/delete/{zone}/{id}",
	.remove_by_post = true,
};

const struct dns_provider dns_porkbun = {
	DNS_SERVICE_WITH("porkbun", "Porkbun", "600", DNS_THEIR_CREDENTIAL("porkbun", "key"),
			 DNS_THEIR_CREDENTIAL("porkbun", "secret")),
	DNS_CREDENTIALS({"key", "API key, obtained from https://porkbun.com/account/api"},
			{"secret", "its secret key"}),
	.credentials_source = "porkbun.com/account/api; API access on for the domain",
	.ttl = 600, /* the least that is allowed */
	.base_url = "https://api.porkbun.com/api/json/v3",
	.authorize = authorize,
	.error_shape = {.message = "message",
			.status = "status",
			.success = "SUCCESS",
			.judges_words = true,
			DNS_REASONS(reasons)},
	.login_hint = "check dns_porkbun_key and dns_porkbun_secret, and that API access is on for "
		      "the domain",
	.zone_calls = &(const struct dns_zone_calls){.url = "/dns/retrieve/{zone}"},
	.find_zone = dns_find_zone_at,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
