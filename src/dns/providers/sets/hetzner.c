/*
 * Hetzner, Cloud API v1 (https://docs.hetzner.cloud/reference/cloud#zone-rrset-actions): values are
 * added to and removed from a record set by an action each. A zone takes one action at a time: the
 * next one has to wait ("locked", "conflict").
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/sets.h"

static enum dns_verdict judge(const struct dns_reply *reply)
{
	const char *code = dns_answer_text(json_member(reply->json, "error"), "code");

	return strcmp(code, "locked") == 0 || strcmp(code, "conflict") == 0 ? DNS_SLOW_DOWN
									    : DNS_AS_STATUS;
}

static int change(struct dns_session *session, const struct dns_set_change *change,
		  struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *body = json_object_new();
	AUTO_FREE char *url = dns_set_url(session, change,
					  change->is_removal ? "/actions/remove_records"
							     : "/actions/add_records");
	const struct dns_call call = {.what = change->is_removal ? "remove records" : "add records",
				      .method = HTTP_POST,
				      .url = url,
				      .json = body,
				      .flags = DNS_CALL_REPEATABLE};

	json_set(body, "records", dns_quoted_values(&change->ours, "value"));
	if (!change->there.count)
		json_set_int(body, "ttl", session->provider->ttl);
	return dns_call(session, &call, &reply, err);
}

const struct dns_provider dns_hetzner = {
	DNS_SERVICE("hetzner", "Hetzner", "60"),
	.vendors_file.usual = "/etc/letsencrypt/hetzner-cloud.ini",
	DNS_CREDENTIALS({"api_token", "API token of the Hetzner Cloud project that holds the zone, "
				      "with permission to read and write"}),
	.credentials_source = "console.hetzner.com, the project's API tokens; read and write",
	.ttl = 60,
	.base_url = "https://api.hetzner.cloud/v1",
	.authorize = dns_authorize_bearer,
	.error_shape = {{"error"}, "code", "message"},
	.judge = judge,
	.login_hint = "check dns_hetzner_api_token; tokens of the old DNS console no longer work",
	.zone_calls =
		&(const struct dns_zone_calls){
			.url = "/zones?name={zone}", .array = "zones", .name = "name", .id = "id"},
	.find_zone = dns_find_zone_called,
	.set_calls = &(const struct dns_set_calls){.url = "/zones/{zone_id}/rrsets/{name}/TXT",
						   .path = {"rrset", "records"},
						   .value = "value",
						   .change = change},
	.present = dns_present_sets,
	.cleanup = dns_cleanup_sets,
};
