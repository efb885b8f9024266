/*
 * Plesk, XML API
 * (https://docs.plesk.com/en-US/obsidian/api-rpc/about-xml-api/reference/managing-dns.34756/): one
 * record per value, one request per record. A zone is that of a site, whose number stands for it.
 * Answers have status 200 and codes of their own.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "codec/xml.h"
#include "dns/answer.h"
#include "dns/api.h"
#include "dns/records.h"

static int open_session(struct dns_session *session, struct error *err)
{
	bool has_key = dns_credential(session, "secret_key");
	bool has_user = dns_credential(session, "username") && dns_credential(session, "password");

	if (has_key == has_user)
		return error_set(err, ERR_CONFIG,
				 "%s: either dns_plesk_username and dns_plesk_password or "
				 "dns_plesk_secret_key are needed",
				 dns_credentials_path(session));
	return dns_use_endpoint(session, "api_url", "/enterprise/control/agent.php", err);
}

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

/* Of <packet><dns><get_rec>...: the element that has results. */
static const struct xml *results_of(const struct dns_reply *reply)
{
	return xml_at(xml_at(reply->xml, 0), 0);
}

/* The element with status and code: <system>, or the first <result>. */
static const struct xml *outcome_of(const struct dns_reply *reply)
{
	const struct xml *whole = xml_find(reply->xml, "system");

	return whole ? whole : xml_find(results_of(reply), "result");
}

static const char *text_of(const struct xml *parent, const char *name)
{
	const char *text = xml_find_text(parent, name);

	return text ? text : "";
}

static enum dns_verdict judge(const struct dns_reply *reply)
{
	static const struct dns_reason reasons[] = {
		{"11003", DNS_DENIED}, /* secret key */
		{"1001", DNS_DENIED},  /* password */
		{"1006", DNS_DENIED},  /* rights */
		{"1007", DNS_EXISTS},  {"1013", DNS_UNKNOWN},
		{"1015", DNS_UNKNOWN}, /* no such domain */
	};
	const struct xml *outcome = outcome_of(reply);

	if (strcmp(text_of(outcome, "status"), "error") != 0)
		return DNS_AS_STATUS;
	return dns_judge_words(text_of(outcome, "errcode"), reasons, ARRAY_LEN(reasons));
}

static void explain_body(const struct dns_reply *answer, struct strbuf *out)
{
	if (answer->xml)
		strbuf_addf(out, "%s: %s", text_of(outcome_of(answer), "errcode"),
			    text_of(outcome_of(answer), "errtext"));
}

/* Posts <packet>, what the names open, the content, and what closes all that. */
static int post_packet(struct dns_session *session, const char *what, const char *const *names,
		       const struct strbuf *content, struct dns_reply *ret_reply, struct error *err)
{
	AUTO(strbuf) struct strbuf packet = STRBUF_INIT;
	struct dns_call call = {.what = what,
				.method = HTTP_POST,
				.url = "",
				.content_type = "text/xml",
				.flags = DNS_CALL_XML | DNS_CALL_REPEATABLE};
	size_t count = 0;

	strbuf_adds(&packet, "<packet>");
	for (; names[count]; count++)
		strbuf_addf(&packet, "<%s>", names[count]);
	strbuf_adds(&packet, content->text);
	while (count--)
		strbuf_addf(&packet, "</%s>", names[count]);
	strbuf_adds(&packet, "</packet>");
	call.body = packet.text;
	return dns_call(session, &call, ret_reply, err);
}

static int find_zone(struct dns_session *session, const char *name, char **ret_id,
		     struct error *err)
{
	static const char *const names[] = {"site", "get", NULL};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(strbuf) struct strbuf content = STRBUF_INIT;

	strbuf_adds(&content, "<filter>");
	xml_add_element(&content, "name", name);
	strbuf_adds(&content, "</filter><dataset><gen_info/></dataset>");
	if (post_packet(session, "look up the zone", names, &content, &reply, err) < 0)
		return err->code;
	*ret_id = xstrdup_or_null(xml_find_text(outcome_of(&reply), "id"));
	return *ret_id ? 0 : error_set(err, ERR_NOT_FOUND, "no zone '%s'", name);
}

static int list_records(struct dns_session *session, struct dns_found *found, struct error *err)
{
	static const char *const names[] = {"dns", "get_rec", "filter", NULL};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(strbuf) struct strbuf content = STRBUF_INIT;
	const struct xml *result;

	xml_add_element(&content, "site-id", found->batch->zone->id);
	if (post_packet(session, "list records", names, &content, &reply, err) < 0)
		return err->code;
	for (size_t i = 0; (result = xml_at(results_of(&reply), i)) != NULL; i++) {
		const struct xml *data = xml_find(result, "data");

		if (strcmp(text_of(data, "type"), "TXT") == 0)
			dns_found_add(found, text_of(data, "host"), text_of(data, "value"),
				      xml_find_text(result, "id"));
	}
	return 0;
}

static int add_record(struct dns_session *session, const struct dns_zone *zone, struct json *object,
		      struct error *err)
{
	static const char *const names[] = {"dns", "add_rec", NULL};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(strbuf) struct strbuf content = STRBUF_INIT;

	xml_add_element(&content, "site-id", zone->id);
	xml_add_element(&content, "type", "TXT");
	xml_add_element(&content, "host", dns_answer_text(object, "host"));
	xml_add_element(&content, "value", dns_answer_text(object, "value"));
	return post_packet(session, "add a record", names, &content, &reply, err);
}

static int remove_record(struct dns_session *session, const struct dns_zone *zone, const char *id,
			 struct error *err)
{
	static const char *const names[] = {"dns", "del_rec", "filter", NULL};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(strbuf) struct strbuf content = STRBUF_INIT;

	xml_add_element(&content, "id", id);
	return post_packet(session, "remove a record", names, &content, &reply, err);
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
	.flags = DNS_OWN_SERVER,
	.explain_body = explain_body,
	.judge = judge,
	.login_hint =
		"check dns_plesk_username and dns_plesk_password, or dns_plesk_secret_key, which "
		"may be bound to an address, and that this user may change the zone",
	.open = open_session,
	.authorize = authorize,
	.find_zone = find_zone,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
