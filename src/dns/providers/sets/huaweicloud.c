/*
 * Huawei Cloud DNS, API v2 (https://support.huaweicloud.com/intl/en-us/api-dns/): sets of values,
 * written as a whole. Requests are signed
 * (https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm.html).
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/sets.h"
#include "dns/providers/signing.h"

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	static const struct signing_scheme scheme = {.algorithm = "SDK-HMAC-SHA256",
						     .id_member = "Access",
						     .fields = {"x-sdk-date"},
						     .path_ends_in_slash = true};
	AUTO_FREE char *time = signing_time(dns_now(session));
	const struct signing_key key = {.id = dns_credential(session, "access_key_id"),
					.secret = dns_credential(session, "secret_access_key"),
					.time = time};

	headers_add(headers, "X-Sdk-Date", time);
	signing_authorize(&scheme, &key, request, headers);
	return 0;
}

/* {"code": "DNS.0005", "message": "..."}, or of the gateway {"error_code": ..., "error_msg": ...}. */
static void explain(const struct json *answer, struct strbuf *out)
{
	if (json_member(answer, "error_code"))
		strbuf_addf(out, "%s: %s", dns_answer_text(answer, "error_code"),
			    dns_answer_text(answer, "error_msg"));
	else
		dns_explain_code(answer, out);
}

/* There are a hundred requests a minute. */
static enum dns_verdict judge(const struct dns_reply *reply)
{
	return reply->status >= 400 && strstr(reply->body, "over ratelimit") ? DNS_SLOW_DOWN
									     : DNS_AS_STATUS;
}

static struct json *new_body(const struct dns_session *session, const struct dns_set_change *change)
{
	struct json *body = dns_set_object(change, true);

	json_set(body, "records", dns_quoted_values(&change->after, NULL));
	return body;
}

static const struct dns_set_calls set_calls = {
	.url = "/zones/{zone_id}/recordsets?name={fqdn}.&type=TXT",
	.array = "recordsets",
	.id = "id",
	.path = {"records"},
	.ttl = "ttl",
	.body = new_body,
	.new_url = "/zones/{zone_id}/recordsets",
	.old_url = "/zones/{zone_id}/recordsets/{id}",
};

const struct dns_provider dns_huaweicloud = {
	DNS_SERVICE("huaweicloud", "Huawei Cloud", "120"),
	DNS_CREDENTIALS(
		{"access_key_id", "ID of an access key"}, {"secret_access_key", "its secret"},
		{"region", "region whose endpoint is asked, such as ap-southeast-1", true, true}),
	.credentials_source =
		"console.huaweicloud.com, my credentials, access keys; DNS Administrator",
	.ttl = 300,
	.base_url = "https://dns.myhuaweicloud.com/v2",
	.endpoint = {"region", "https://dns.", ".myhuaweicloud.com/v2"},
	.authorize = authorize,
	.explain = explain,
	.judge = judge,
	.login_hint =
		"check dns_huaweicloud_access_key_id and dns_huaweicloud_secret_access_key, that "
		"this machine's clock is right, and that the user has the role DNS Administrator",
	.zone_calls = &(const struct dns_zone_calls){.url = "/zones?type=public&name={zone}.",
						     .array = "zones",
						     .name = "name",
						     .id = "id"},
	.find_zone = dns_find_zone_called,
	.set_calls = &set_calls,
	.present = dns_present_sets,
	.cleanup = dns_cleanup_sets,
};
