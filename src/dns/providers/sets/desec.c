/*
 * deSEC, API v1 (https://desec.readthedocs.io/en/latest/dns/rrsets.html): sets of values, all those
 * of a zone written in one request. Writing is limited to a few requests a minute.
 */
#include "base/alloc.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/sets.h"

/* A set without records is removed. */
static struct json *new_set(const struct dns_set_change *change)
{
	AUTO_FREE char *name = dns_relative(change->set->name, change->zone, "");
	struct json *set = json_object_new();

	json_set_string(set, "subname", name);
	json_set_string(set, "type", "TXT");
	json_set_int(set, "ttl", change->ttl);
	json_set(set, "records", dns_quoted_values(&change->after, NULL));
	return set;
}

static int change_all(struct dns_session *session, const struct dns_set_change *changes,
		      size_t count, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *body = json_array_new();
	AUTO_FREE char *url = xasprintf("/domains/%s/rrsets/", changes[0].zone->name);
	const struct dns_call call = {
		.what = "change record sets", .method = HTTP_PATCH, .url = url, .json = body};

	for (size_t i = 0; i < count; i++)
		json_push(body, new_set(&changes[i]));
	return dns_call(session, &call, &reply, err);
}

const struct dns_provider dns_desec = {
	DNS_SERVICE("desec", "deSEC", "80"),
	DNS_CREDENTIALS(
		{"token", "an API token that may manage the domain's record sets"},
		{"endpoint", "address of another API, https://desec.io/api/v1", true, true}),
	.credentials_source = "desec.io/tokens",
	.ttl = 3600, /* the least that is allowed */
	.max_batch = 100,
	.base_url = "https://desec.io/api/v1",
	.endpoint = {"endpoint", NULL, ""},
	.authorize = dns_authorize_token,
	.token_scheme = "Token",
	.error_shape = {.message = "detail"},
	.login_hint = "check dns_desec_token, and that its policies let it write TXT records",
	.zone_calls = &(const struct dns_zone_calls){.url = "/domains/{zone}/"},
	.find_zone = dns_find_zone_at,
	.set_calls = &(const struct dns_set_calls){.url = "/domains/{zone}/rrsets/{name}/TXT/",
						   .path = {"records"},
						   .ttl = "ttl",
						   .change_all = change_all},
	.present = dns_present_sets,
	.cleanup = dns_cleanup_sets,
};
