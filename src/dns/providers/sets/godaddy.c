/*
 * GoDaddy, Domains API v1 (https://developer.godaddy.com/doc/endpoint/domains): sets of values,
 * written as a whole.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/sets.h"

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	AUTO_FREE char *value = xasprintf("sso-key %s:%s", dns_credential(session, "key"),
					  dns_credential(session, "secret"));

	headers_add(headers, "Authorization", value);
	secret_wipe(value, strlen(value));
	return 0;
}

static struct json *new_body(const struct dns_session *session, const struct dns_set_change *change)
{
	struct json *body = dns_plain_values(&change->after, "data");

	for (size_t i = 0; i < json_count(body); i++)
		json_set_int(json_at(body, i), "ttl", change->ttl);
	return body;
}

const struct dns_provider dns_godaddy = {
	DNS_SERVICE("godaddy", "GoDaddy", "60"),
	DNS_CREDENTIALS({"key", "API key, of the kind for production"}, {"secret", "its secret"}),
	.credentials_source = "developer.godaddy.com/keys, production",
	.ttl = 600, /* the least that is allowed */
	.base_url = "https://api.godaddy.com/v1",
	.authorize = authorize,
	.error_shape = {.code = "code", .message = "message"},
	.login_hint =
		"check dns_godaddy_key and dns_godaddy_secret; GoDaddy refuses its API to some "
		"accounts: it wants a domain that was bought there, or as it did before 2026, ten "
		"domains or a Discount Domain Club Premier membership",
	/* The registration of a domain ("/domains/{zone}") is refused to small accounts. */
	.zone_calls = &(const struct dns_zone_calls){.url = "/domains/{zone}/records/NS"},
	.find_zone = dns_find_zone_at,
	.set_calls = &(const struct dns_set_calls){.url = "/domains/{zone}/records/TXT/{name}",
						   .value = "data",
						   .ttl = "ttl",
						   .body = new_body},
	.present = dns_present_sets,
	.cleanup = dns_cleanup_sets,
};
