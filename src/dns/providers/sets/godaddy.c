/*
 * GoDaddy, Domains API v1 (https://developer.godaddy.com/doc/endpoint/domains): sets of values,
 * written as a whole.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "dns/answer.h"
#include "dns/sets.h"

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	AUTO_FREE char *value = xasprintf("sso-key %s:%s", dns_credential(session, "key"),
					  dns_credential(session, "secret"));

	headers_add(headers, "Authorization", value);
	secret_wipe(value, strlen(value));
	return 0;
}

/* {"code": "UNABLE_TO_AUTHENTICATE", "message": "..."}. */
static void explain(const struct json *answer, struct strbuf *out)
{
	strbuf_addf(out, "%s: %s", dns_answer_text(answer, "code"),
		    dns_answer_text(answer, "message"));
}

static int change(struct dns_session *session, const struct dns_set_change *change,
		  struct error *err)
{
	AUTO(json) struct json *body = json_array_new();

	for (size_t i = 0; i < change->after.count; i++) {
		struct json *record = json_object_new();

		json_set_string(record, "data", change->after.items[i]);
		json_set_int(record, "ttl", change->ttl);
		json_push(body, record);
	}
	return dns_put_set(session, change, body, err);
}

const struct dns_provider dns_godaddy = {
	DNS_SERVICE("godaddy", "GoDaddy", "60"),
	DNS_CREDENTIALS({"key", "API key, of the kind for production"}, {"secret", "its secret"}),
	.ttl = 600, /* the least that is allowed */
	.base_url = "https://api.godaddy.com/v1",
	.authorize = authorize,
	.explain = explain,
	.login_hint = "check dns_godaddy_key and dns_godaddy_secret; GoDaddy opens its API only to "
		      "accounts with ten domains or a Discount Domain Club Premier membership",
	/* What a domain is registered with ("/domains/{zone}") is refused to small accounts. */
	.zone_calls = &(const struct dns_zone_calls){.url = "/domains/{zone}/records/NS"},
	.find_zone = dns_find_zone_at,
	.set_calls = &(const struct dns_set_calls){.url = "/domains/{zone}/records/TXT/{name}",
						   .value = "data",
						   .ttl = "ttl",
						   .change = change},
	.present = dns_present_sets,
	.cleanup = dns_cleanup_sets,
};
