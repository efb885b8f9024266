/*
 * Infomaniak, API v1 (https://developer.infomaniak.com/docs/api), as the vendor's own Certbot
 * plugin uses it: one record per value, one request per record.
 */
#include <string.h>

#include "codec/json.h"
#include "dns/answer.h"
#include "dns/api.h"
#include "dns/records.h"

/* {"error": {"code": "not_authorized", "description": "..."}}. */
static void explain(const struct json *answer, struct strbuf *out)
{
	const struct json *error = json_member(answer, "error");

	if (error)
		strbuf_addf(out, "%s: %s", dns_answer_text(error, "code"),
			    dns_answer_text(error, "description"));
}

/* {"result": "error", ...} may come with status 200. */
static bool is_refusal(const struct json *answer)
{
	return strcmp(dns_answer_text(answer, "result"), "error") == 0;
}

static const struct dns_zone_calls zone_calls = {
	.url = "/product?service_name=domain&customer_name={zone}",
	.array = "data",
	.name = "customer_name",
	.id = "id",
};

static const struct dns_record_calls record_calls = {
	.shape = {.name = "source", .value = "target", .ttl = "ttl", .apex = "."},
	.list_zone = "/domain/{zone_id}/dns/record",
	.array = "data",
	.new_url = "/domain/{zone_id}/dns/record",
	.url = "/domain/{zone_id}/dns/record/{id}",
};

const struct dns_provider dns_infomaniak = {
	DNS_SERVICE("infomaniak", "Infomaniak", "120"),
	DNS_CREDENTIALS({"token", "an API token with the scope \"domain\""}),
	.ttl = 300,
	.base_url = "https://api.infomaniak.com/1",
	.authorize = dns_authorize_bearer,
	.explain = explain,
	.refuses = is_refusal,
	.login_hint = "check dns_infomaniak_token, and that it has the scope \"domain\"",
	.zone_calls = &zone_calls,
	.find_zone = dns_find_zone_called,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
