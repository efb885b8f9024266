/*
 * cPanel, UAPI (https://api.docs.cpanel.net/openapi/cpanel/operation/dns-mass_edit_zone): one
 * record per value, all changes of a zone in one form. Records are identified by their line in the
 * zone file, and a change names the serial number of the zone that it applies to, so that lines do
 * not move meanwhile. Names and values are read in base64.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "codec/base64.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	const char *user = dns_credential(session, "username");
	const char *token = dns_credential(session, "token");
	AUTO_FREE char *field = token ? xasprintf("cpanel %s:%s", user, token) : NULL;

	if (!token) {
		dns_add_basic(headers, user, dns_credential(session, "password"));
		return 0;
	}
	headers_add(headers, "Authorization", field);
	secret_wipe(field, strlen(field));
	return 0;
}

/* {"status": 0, "errors": ["..."]}. */
static void explain(const struct json *answer, struct strbuf *out)
{
	const struct json *errors = json_member(answer, "errors");

	for (size_t i = 0; json_is_array(errors) && i < json_count(errors); i++) {
		const char *text = json_text(json_at(errors, i));

		strbuf_addf(out, "%s%s", i ? ", " : "", text ? text : "");
	}
}

static enum dns_verdict judge(const struct dns_reply *reply)
{
	static const struct dns_reason reasons[] = {{"do not control a DNS zone", DNS_UNKNOWN}};
	AUTO(strbuf) struct strbuf said = STRBUF_INIT;
	int64_t status = 1;

	json_int(json_member(reply->json, "status"), &status);
	if (status == 1 || reply->status >= 300)
		return DNS_AS_STATUS;
	explain(reply->json, &said);
	return dns_judge_words(said.text, reasons, ARRAY_LEN(reasons));
}

static int read_zone(struct dns_session *session, const char *what, const char *zone,
		     struct dns_reply *ret_reply, struct error *err)
{
	AUTO(strbuf) struct strbuf form = STRBUF_INIT;
	const struct dns_call call = {
		.what = what, .url = "/parse_zone", .flags = DNS_CALL_REPEATABLE};

	dns_add_field(&form, "zone", zone);
	return dns_post_form(session, call, &form, ret_reply, err);
}

static int find_zone(struct dns_session *session, const char *name, char **ret_id,
		     struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;

	return read_zone(session, "look up the zone", name, &reply, err);
}

static void decode_text(const struct json *node, struct strbuf *out)
{
	AUTO(error) struct error ignored = ERROR_INIT;
	const char *text = json_text(node);

	if (text && base64_decode(out, span_of(text), &ignored) < 0)
		strbuf_clear(out);
}

/* Reads the records and the serial number of a zone. */
static void take_lines(const struct json *lines, struct dns_found *found, struct strbuf *ret_serial)
{
	for (size_t i = 0; i < json_count(lines); i++) {
		const struct json *line = json_at(lines, i);
		const struct json *data = json_member(line, "data_b64");
		const char *type = dns_answer_text(line, "record_type");
		AUTO_FREE char *number = dns_answer_id(line, "line_index");
		AUTO(strbuf) struct strbuf name = STRBUF_INIT, value = STRBUF_INIT;

		if (strcmp(type, "SOA") == 0)
			decode_text(json_at(data, 2), ret_serial);
		if (strcmp(type, "TXT") != 0)
			continue;
		decode_text(json_member(line, "dname_b64"), &name);
		for (size_t j = 0; j < json_count(data); j++)
			decode_text(json_at(data, j), &value);
		dns_found_add(found, name.text, value.text, number);
	}
}

static void add_new_line(struct strbuf *form, const struct dns_record *record, int ttl)
{
	AUTO(json) struct json *line = json_object_new();
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;
	AUTO_FREE char *name = xasprintf("%s.", record->name);
	struct json *data = json_array_new();

	json_push_string(data, record->value);
	json_set_string(line, "dname", name);
	json_set_int(line, "ttl", ttl);
	json_set_string(line, "record_type", "TXT");
	json_set(line, "data", data);
	json_print(line, JSON_COMPACT, &text);
	dns_add_field(form, "add", text.text);
}

/* Appends the changes; false: there are none. */
static bool add_changes(const struct dns_session *session, const struct dns_found *found,
			bool is_removal, struct strbuf *form)
{
	const struct dns_batch *batch = found->batch;
	size_t before = form->len;

	for (size_t i = 0; is_removal && i < found->ids.count; i++)
		dns_add_field(form, "remove", found->ids.items[i]);
	for (size_t i = 0; !is_removal && i < batch->record_count; i++)
		if (!dns_found_has(found, batch->records[i]))
			add_new_line(form, batch->records[i], session->provider->ttl);
	return form->len > before;
}

static int change_once(struct dns_session *session, const struct dns_batch *batch, bool is_removal,
		       struct error *err)
{
	AUTO(dns_reply) struct dns_reply zone = DNS_REPLY_INIT;
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(dns_found) struct dns_found found = DNS_FOUND_INIT(batch);
	AUTO(strbuf) struct strbuf form = STRBUF_INIT, serial = STRBUF_INIT;
	const struct dns_call call = {.what = is_removal ? "remove records" : "add records",
				      .url = "/mass_edit_zone",
				      .flags = DNS_CALL_REPEATABLE};

	if (read_zone(session, "list records", batch->zone->name, &zone, err) < 0)
		return err->code;
	take_lines(json_member(zone.json, "data"), &found, &serial);
	if (!serial.len)
		return dns_bad_answer(session, "list records", "expected a SOA record", err);
	dns_add_field(&form, "zone", batch->zone->name);
	dns_add_field(&form, "serial", serial.text);
	if (!add_changes(session, &found, is_removal, &form))
		return 0;
	return dns_post_form(session, call, &form, &reply, err);
}

/* When somebody else has changed the zone since it was read, it is read again. */
static int change_lines(struct dns_session *session, const struct dns_batch *batch, bool is_removal,
			struct error *err)
{
	int rc = change_once(session, batch, is_removal, err);

	if (rc != ERR_PLUGIN || !strstr(err->text, "serial"))
		return rc;
	error_release(err);
	return change_once(session, batch, is_removal, err);
}

static int present(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return change_lines(session, batch, false, err);
}

static int cleanup(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return change_lines(session, batch, true, err);
}

const struct dns_provider dns_cpanel = {
	DNS_SERVICE("cpanel", "cPanel", "120"),
	DNS_CREDENTIALS({"url",
			 "the address of the server, such as https://cpanel.example.org:2083",
			 false, true},
			{"username", "name of the account", false, true},
			{"token", "an API token of the account", true},
			{"password", "its password, instead", true}),
	.credentials_source = "the server, security, manage API tokens",
	.flags = DNS_OWN_SERVER,
	.ttl = 60,
	.max_batch = 100,
	.authorize = authorize,
	.explain = explain,
	.judge = judge,
	.login_hint =
		"check dns_cpanel_username and dns_cpanel_token or dns_cpanel_password, and that "
		"the account has the Zone Editor",
	.endpoint = {"url", NULL, "/execute/DNS"},
	.choices = {"token", "password"},
	.find_zone = find_zone,
	.present = present,
	.cleanup = cleanup,
};
