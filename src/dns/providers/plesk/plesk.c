/*
 * Plesk, XML API
 * (https://docs.plesk.com/en-US/obsidian/api-rpc/about-xml-api/reference/managing-dns.34756/): one
 * record per value, one request per record. A zone belongs to a site, whose number identifies it.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "codec/xml.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"
#include "dns/providers/plesk/plesk_packet.h"

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	if (dns_credential(session, "secret_key")) {
		headers_add(headers, "KEY", dns_credential(session, "secret_key"));
		return 0;
	}
	headers_add(headers, "HTTP_AUTH_LOGIN", dns_credential(session, "username"));
	headers_add(headers, "HTTP_AUTH_PASSWD", dns_credential(session, "password"));
	return 0;
}

static int find_zone(struct dns_session *session, const char *name, char **ret_id,
		     struct error *err)
{
	const struct dns_call call = {.what = "look up the zone", .flags = DNS_CALL_REPEATABLE};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(strbuf) struct strbuf content = STRBUF_INIT;

	strbuf_adds(&content, "<filter>");
	xml_add_element(&content, "name", name);
	strbuf_adds(&content, "</filter><dataset><gen_info/></dataset>");
	if (plesk_post(session, call, "site/get", &content, &reply, err) < 0)
		return err->code;
	*ret_id = xstrdup_or_null(xml_find_text(plesk_outcome(&reply), "id"));
	return *ret_id ? 0 : error_set(err, ERR_NOT_FOUND, "no zone '%s'", name);
}

static int list_records(struct dns_session *session, struct dns_found *found, struct error *err)
{
	const struct dns_call call = {.what = "list records", .flags = DNS_CALL_REPEATABLE};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(strbuf) struct strbuf content = STRBUF_INIT;
	const struct xml *result;

	xml_add_element(&content, "site-id", found->batch->zone->id);
	if (plesk_post(session, call, "dns/get_rec/filter", &content, &reply, err) < 0)
		return err->code;
	for (size_t i = 0; (result = xml_at(plesk_results(&reply), i)) != NULL; i++) {
		const struct xml *data = xml_find(result, "data");

		if (strcmp(plesk_text(data, "type"), "TXT") == 0)
			dns_found_add(found, plesk_text(data, "host"), plesk_text(data, "value"),
				      xml_find_text(result, "id"));
	}
	return 0;
}

static int add_record(struct dns_session *session, const struct dns_zone *zone, struct json *object,
		      struct error *err)
{
	const struct dns_call call = {.what = "add a record", .flags = DNS_CALL_REPEATABLE};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(strbuf) struct strbuf content = STRBUF_INIT;

	xml_add_element(&content, "site-id", zone->id);
	xml_add_element(&content, "type", "TXT");
	xml_add_element(&content, "host", dns_answer_text(object, "host"));
	xml_add_element(&content, "value", dns_answer_text(object, "value"));
	return plesk_post(session, call, "dns/add_rec", &content, &reply, err);
}

static int remove_record(struct dns_session *session, const struct dns_zone *zone, const char *id,
			 struct error *err)
{
	const struct dns_call call = {.what = "remove a record", .flags = DNS_CALL_REPEATABLE};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(strbuf) struct strbuf content = STRBUF_INIT;

	xml_add_element(&content, "id", id);
	return plesk_post(session, call, "dns/del_rec/filter", &content, &reply, err);
}

static const struct dns_record_calls record_calls = {
	.shape = {.name = "host", .value = "value", .apex = ""},
	.list = list_records,
	.add = add_record,
	.remove = remove_record,
};

const struct dns_provider dns_plesk = {
	DNS_SERVICE("plesk", "Plesk", "60"),
	DNS_CREDENTIALS({"api_url",
			 "the address of the server, such as https://plesk.example.org:8443", false,
			 true},
			{"username", "name of an administrator or customer", true, true},
			{"password", "the password", true},
			{"secret_key", "a secret key, instead of both", true}),
	.credentials_source = "the server",
	.flags = DNS_OWN_SERVER,
	.explain_body = plesk_explain,
	.judge = plesk_judge,
	.login_hint =
		"check dns_plesk_username and dns_plesk_password, or dns_plesk_secret_key, which "
		"may be bound to an address, and that this user may change the zone",
	.endpoint = {"api_url", NULL, PLESK_API_PATH},
	.choices = {"username password", "secret_key"},
	.authorize = authorize,
	.find_zone = find_zone,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
