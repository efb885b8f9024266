/*
 * TransIP, API v6 (https://api.transip.nl/rest/docs.html): one record per value, one request per
 * record. Records have no ids: one is removed by all of its contents.
 *
 * A request for a token is signed over its very bytes with the account's key (RSA, SHA-512).
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"
#include "dns/api/token.h"
#include "dns/providers/signing.h"

enum {
	TOKEN_SECONDS = 30 * 60, /* as requested below */
	NONCE_BYTES = 8,
};

static void add_request(const struct dns_session *session, struct strbuf *out)
{
	AUTO(json) struct json *request = json_object_new();
	AUTO(strbuf) struct strbuf nonce = STRBUF_INIT;
	AUTO_FREE char *label = NULL;

	dns_add_nonce(&nonce, NONCE_BYTES);
	label = xasprintf("certbot %s", nonce.text); /* labels are unique */
	json_set_string(request, "login", dns_credential(session, "username"));
	json_set_string(request, "nonce", nonce.text);
	json_set_bool(request, "read_only", false);
	json_set_string(request, "expiration_time", "30 minutes");
	json_set_string(request, "label", label);
	/* The key may be for requests from anywhere, or from addresses on a list alone. */
	json_set_bool(request, "global_key", dns_says_yes(dns_credential(session, "global_key")));
	json_print(request, JSON_COMPACT, out);
}

static int log_in(struct dns_session *session, struct dns_token *ret_token, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(headers) struct headers headers = HEADERS_INIT;
	AUTO(strbuf) struct strbuf request = STRBUF_INIT, signature = STRBUF_INIT;
	struct dns_call call = {.what = "log in",
				.method = HTTP_POST,
				.url = "/auth",
				.headers = &headers,
				.content_type = "application/json",
				.flags = DNS_CALL_ANONYMOUS};

	add_request(session, &request);
	if (signing_add_signature64(session, "SHA512", span_make(request.text, request.len),
				    &signature, err) < 0)
		return err->code;
	headers_add(&headers, "Signature", signature.text);
	call.body = request.text;
	if (dns_call(session, &call, &reply, err) < 0)
		return err->code;
	return dns_token_keep(session, call.what, dns_answer_text(reply.json, "token"),
			      TOKEN_SECONDS, ret_token, err);
}

static const struct dns_record_calls record_calls = {
	.shape = {.name = "name",
		  .value = "content",
		  .ttl = "expire",
		  .has_no_id = true,
		  .apex = "@"},
	.list_zone = "/domains/{zone}/dns",
	.array = "dnsEntries",
	.new_url = "/domains/{zone}/dns",
	.remove_by_contents = true,
	.wrapper = "dnsEntry",
};

const struct dns_provider dns_transip = {
	DNS_SERVICE("transip", "TransIP", "600"),
	DNS_CREDENTIALS(
		{"username", "name of the account", false, true},
		{"key_file", "path of the private key for the API", false, true, .is_path = true},
		{"global_key", "yes, if the key is not bound to a list of addresses", true, true}),
	.credentials_source = "transip.nl/cp/account/api",
	.ttl = 60, /* the least that is allowed */
	.base_url = "https://api.transip.nl/v6",
	.authorize = dns_authorize_session,
	.token_scheme = "Bearer",
	.log_in = log_in,
	.error_shape = {.message = "error"},
	.login_hint =
		"check dns_transip_username and dns_transip_key_file; a key that is bound to a "
		"list of addresses needs this machine's on it, another dns_transip_global_key = "
		"yes",
	.open = signing_open,
	.close = signing_close,
	.zone_calls = &(const struct dns_zone_calls){.url = "/domains/{zone}"},
	.find_zone = dns_find_zone_at,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
