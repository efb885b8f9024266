/*
 * Akamai Edge DNS, API v2 (https://techdocs.akamai.com/edge-dns/reference/edge-dns-api): sets of
 * values, written as a whole. Requests are signed
 * (https://techdocs.akamai.com/developer/docs/authenticate-with-edgegrid).
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/sets.h"
#include "dns/providers/signing.h"

enum {
	MAX_HASHED = 131072, /* bytes of a body */
	NONCE_BYTES = 16,
};

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	struct signing_url parts = signing_split(request->url);
	AUTO_FREE char *now = signing_time(dns_now(session));
	AUTO_FREE char *time = xasprintf("%.11s:%.2s:%.2s+0000", now, now + 11, now + 13);
	AUTO(strbuf) struct strbuf nonce = STRBUF_INIT, field = STRBUF_INIT;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT, key = STRBUF_INIT;

	dns_add_nonce(&nonce, NONCE_BYTES);
	strbuf_addf(&field,
		    "EG1-HMAC-SHA256 client_token=%s;access_token=%s;timestamp=%s;nonce=%s;",
		    dns_credential(session, "client_token"),
		    dns_credential(session, "access_token"), time, nonce.text);
	/* The path with its query, no header fields, the hash of the body of a POST, and what
	 * stands before the signature. */
	strbuf_addf(&text, "%s\thttps\t%.*s\t%s\t\t", request->method, (int)parts.host.len,
		    parts.host.ptr, parts.path.ptr);
	if (strcmp(request->method, "POST") == 0 && request->body[0])
		signing_add_hash64(span_make(request->body, strnlen(request->body, MAX_HASHED)),
				   &text);
	strbuf_addf(&text, "\t%s", field.text);
	signing_add_mac64(dns_credential(session, "client_secret"), time, &key);
	strbuf_adds(&field, "signature=");
	signing_add_mac64(key.text, text.text, &field);
	headers_add(headers, "Authorization", field.text);
	secret_wipe(key.text, key.len);
	return 0;
}

static struct json *new_body(const struct dns_session *session, const struct dns_set_change *change)
{
	struct json *body = dns_set_object(change, false);

	json_set(body, "rdata", dns_quoted_values(&change->after, NULL));
	return body;
}

static const struct dns_set_calls set_calls = {
	.url = "/zones/{zone}/names/{fqdn}/types/TXT",
	.path = {"rdata"},
	.ttl = "ttl",
	.body = new_body,
	.new_url = "/zones/{zone}/names/{fqdn}/types/TXT",
};

const struct dns_provider dns_edgedns = {
	DNS_SERVICE("edgedns", "Akamai Edge DNS", "180"),
	DNS_CREDENTIALS({"client_token", "client_token of an API client"},
			{"client_secret", "its client_secret"},
			{"access_token", "its access_token"},
			{"host", "its host, akab-....luna.akamaiapis.net", false, true}),
	.credentials_source =
		"control.akamai.com, identity & access, API clients; DNS zone record management. "
		"Or dns_edgedns_edgerc_path and, unless it is default, dns_edgedns_edgerc_section "
		"name an .edgerc file that has them",
	.vendors_file.path_key = "edgerc_path",
	.vendors_file.section_key = "edgerc_section",
	.ttl = 120,
	.endpoint = {"host", "https://", "/config-dns/v2"},
	.authorize = authorize,
	.error_shape = {.code = "title", .message = "detail"},
	.login_hint =
		"check the four values of dns_edgedns_..., that this machine's clock is right, "
		"and that the API client may read and write DNS zones",
	.zone_calls = &(const struct dns_zone_calls){.url = "/zones/{zone}"},
	.find_zone = dns_find_zone_at,
	.set_calls = &set_calls,
	.present = dns_present_sets,
	.cleanup = dns_cleanup_sets,
};
