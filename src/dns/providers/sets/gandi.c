/*
 * Gandi, LiveDNS API v5 (https://api.gandi.net/docs/livedns/): sets of values, written as a whole.
 */
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/sets.h"

/* {"message": "..."}, or {"errors": [{"name": "rrset_ttl", "description": "..."}]}. */
static void explain(const struct json *answer, struct strbuf *out)
{
	const struct json *errors = json_member(answer, "errors");

	dns_explain_message(answer, out);
	for (size_t i = 0; errors && i < json_count(errors); i++)
		strbuf_addf(out, "%s%s: %s", out->len ? ", " : "",
			    dns_answer_text(json_at(errors, i), "name"),
			    dns_answer_text(json_at(errors, i), "description"));
}

static struct json *new_body(const struct dns_session *session, const struct dns_set_change *change)
{
	struct json *body = json_object_new();

	json_set(body, "rrset_values", dns_quoted_values(&change->after, NULL));
	json_set_int(body, "rrset_ttl", change->ttl);
	return body;
}

/* 403: a domain of somebody else's, which the parent of a name may be. */
const struct dns_provider dns_gandi = {
	DNS_SERVICE("gandi", "Gandi", "60"),
	DNS_CREDENTIALS({"token", "a personal access token that may manage the domain's LiveDNS"}),
	.credentials_source =
		"admin.gandi.net, organization, sharing; manage domain name technical configurations",
	.ttl = 300,
	.base_url = "https://api.gandi.net/v5/livedns",
	.authorize = dns_authorize_bearer,
	.explain = explain,
	.login_hint = "check dns_gandi_token; old API keys no longer work",
	.zone_calls = &(const struct dns_zone_calls){.url = "/domains/{zone}", .none = 403},
	.find_zone = dns_find_zone_at,
	.set_calls = &(const struct dns_set_calls){.url = "/domains/{zone}/records/{name}/TXT",
						   .path = {"rrset_values"},
						   .ttl = "rrset_ttl",
						   .body = new_body},
	.present = dns_present_sets,
	.cleanup = dns_cleanup_sets,
};
