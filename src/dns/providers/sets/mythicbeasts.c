/*
 * Mythic Beasts, DNS API v2 (https://www.mythic-beasts.com/support/api/dnsv2): the address of a
 * name and type covers all its records; a POST adds to them, and a DELETE can name a value. Only
 * such addresses are used, as keys can be limited to them.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "codec/url.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/sets.h"

/* {"error": "..."} or {"errors": ["...", ...]}. */
static void explain(const struct json *answer, struct strbuf *out)
{
	const struct json *errors = json_member(answer, "errors");

	dns_explain_error_text(answer, out);
	for (size_t i = 0; json_is_array(errors) && i < json_count(errors); i++) {
		const char *text = json_text(json_at(errors, i));

		strbuf_addf(out, "%s%s", out->len ? ", " : "", text ? text : "");
	}
}

static int add_values(struct dns_session *session, const struct dns_set_change *change,
		      struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *body = json_object_new();
	AUTO_FREE char *url = dns_set_url(session, change, "");
	struct json *records = dns_plain_values(&change->ours, "data");
	const struct dns_call call = {.what = "add records",
				      .method = HTTP_POST,
				      .url = url,
				      .json = body,
				      .flags = DNS_CALL_REPEATABLE};

	for (size_t i = 0; i < json_count(records); i++)
		json_set_int(json_at(records, i), "ttl", change->ttl);
	json_set(body, "records", records);
	return dns_call(session, &call, &reply, err);
}

static int remove_value(struct dns_session *session, const struct dns_set_change *change,
			const char *value, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(strbuf) struct strbuf tail = STRBUF_INIT;
	AUTO_FREE char *url = NULL;
	struct dns_call call = {.what = "remove a record",
				.method = HTTP_DELETE,
				.accept = {404},
				.flags = DNS_CALL_NO_ANSWER};

	strbuf_adds(&tail, "?data=");
	url_add_escaped(&tail, value);
	url = dns_set_url(session, change, tail.text);
	call.url = url;
	return dns_call(session, &call, &reply, err);
}

static int change(struct dns_session *session, const struct dns_set_change *change,
		  struct error *err)
{
	if (!change->is_removal)
		return add_values(session, change, err);
	for (size_t i = 0; i < change->ours.count; i++)
		if (remove_value(session, change, change->ours.items[i], err) < 0)
			return err->code;
	return 0;
}

const struct dns_provider dns_mythicbeasts = {
	DNS_SERVICE("mythicbeasts", "Mythic Beasts", "120"),
	DNS_CREDENTIALS({"key_id", "ID of an API key, obtained from "
				   "https://www.mythic-beasts.com/customer/api-users"},
			{"secret", "its secret"}),
	.credentials_source = "mythic-beasts.com/customer/api-users; DNS API v2",
	.ttl = 60,
	.base_url = "https://api.mythic-beasts.com/dns/v2",
	.authorize = dns_authorize_basic,
	.explain = explain,
	.login_hint =
		"check dns_mythicbeasts_key_id and dns_mythicbeasts_secret, and that the key may "
		"change TXT records of the zone",
	.zone_calls =
		&(const struct dns_zone_calls){.url = "/zones/{zone}/records/_acme-challenge/TXT"},
	.find_zone = dns_find_zone_at,
	.set_calls = &(const struct dns_set_calls){.url = "/zones/{zone}/records/{name}/TXT",
						   .path = {"records"},
						   .value = "data",
						   .ttl = "ttl",
						   .change = change},
	.present = dns_present_sets,
	.cleanup = dns_cleanup_sets,
};
