/*
 * DirectAdmin (https://docs.directadmin.com/changelog/version-1.24.2.html, "API for User and Admin
 * Level DNS Administration"): one record per value, one form per record. The zone is read as the
 * text of its file, and records are removed by their text there. Answers to forms are forms.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/json.h"
#include "codec/url.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

#define CONTROL "/CMD_API_DNS_CONTROL"

/* Returns a field of a form, or NULL. Heap. */
static char *form_field(const char *form, const char *name)
{
	AUTO(strvec) struct strvec fields = STRVEC_INIT;
	size_t len = strlen(name);

	strvec_split(&fields, form, "&\r\n");
	for (size_t i = 0; i < fields.count; i++)
		if (strncmp(fields.items[i], name, len) == 0 && fields.items[i][len] == '=')
			return url_unescape_form(fields.items[i] + len + 1);
	return NULL;
}

/* error=1&text=...&details=...; a page in HTML asks for a log-in. */
static enum dns_verdict judge(const struct dns_reply *reply)
{
	AUTO_FREE char *error = form_field(reply->body, "error");

	if (reply->body[0] == '<' && reply->status < 300)
		return DNS_DENIED;
	return error && strcmp(error, "0") != 0 ? DNS_REFUSED : DNS_AS_STATUS;
}

static void explain_body(const struct dns_reply *answer, struct strbuf *out)
{
	AUTO_FREE char *text = form_field(answer->body, "text");
	AUTO_FREE char *details = form_field(answer->body, "details");

	if (text)
		strbuf_addf(out, "%s%s%s", text, details ? ": " : "", details ? details : "");
}

/* list[]=example.com&list[]=example.org */
static int list_zones(struct dns_session *session, struct dns_zones *ret_zones, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(strvec) struct strvec fields = STRVEC_INIT;
	const struct dns_call call = {.what = "list domains",
				      .method = HTTP_GET,
				      .url = "/CMD_API_SHOW_DOMAINS",
				      .flags = DNS_CALL_NOT_JSON};

	if (dns_call(session, &call, &reply, err) < 0)
		return err->code;
	strvec_split(&fields, reply.body, "&\r\n");
	for (size_t i = 0; i < fields.count; i++) {
		const char *value = strchr(fields.items[i], '=');
		AUTO_FREE char *domain = url_unescape_form(value ? value + 1 : "");

		if (!str_starts(fields.items[i], "list") || !*domain)
			return dns_bad_answer(session, call.what, "expected a list of domains",
					      err);
		dns_zones_add(ret_zones, domain, NULL);
	}
	return 0;
}

/* The value of a line "name [300] [IN] TXT value", or NULL. Borrowed. */
static const char *txt_value(const char *line)
{
	const char *word = line + strcspn(line, " \t");

	for (int i = 0; i < 3; i++) {
		size_t len;

		word += strspn(word, " \t");
		len = strcspn(word, " \t");
		if (len == strlen("TXT") && strncmp(word, "TXT", len) == 0)
			return word + len + strspn(word + len, " \t");
		word += len;
	}
	return NULL;
}

/* Notes a line of the zone file. */
static void take_line(struct dns_found *found, const char *line)
{
	AUTO_FREE char *name = xstrndup(line, strcspn(line, " \t"));
	AUTO(json) struct json *record = json_object_new();
	AUTO(strbuf) struct strbuf id = STRBUF_INIT;
	const char *value = txt_value(line);

	if (!*name || !value)
		return;
	json_set_string(record, "name", name);
	json_set_string(record, "value", value);
	json_print(record, JSON_COMPACT, &id);
	dns_found_add(found, name, value, id.text);
}

static int list_records(struct dns_session *session, struct dns_found *found, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO_FREE char *url = xasprintf(CONTROL "?domain=%s", found->batch->zone->name);
	const struct dns_call call = {
		.what = "list records", .method = HTTP_GET, .url = url, .flags = DNS_CALL_NOT_JSON};

	if (dns_call(session, &call, &reply, err) < 0)
		return err->code;
	if (!strstr(reply.body, "SOA"))
		return dns_bad_answer(session, call.what, "expected a zone file", err);
	for (const char *line = reply.body; *line; line += strspn(line, "\r\n")) {
		size_t len = strcspn(line, "\r\n");
		AUTO_FREE char *text = xstrndup(line, len);

		take_line(found, text);
		line += len;
	}
	return 0;
}

/* Posts a change of a record of the zone. */
static int control_zone(struct dns_session *session, const struct dns_zone *zone, const char *what,
			struct strbuf *form, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	const struct dns_call call = {
		.what = what, .url = CONTROL, .flags = DNS_CALL_NOT_JSON | DNS_CALL_REPEATABLE};

	dns_add_field(form, "domain", zone->name);
	return dns_post_form(session, call, form, &reply, err);
}

static int add_record(struct dns_session *session, const struct dns_zone *zone, struct json *object,
		      struct error *err)
{
	AUTO(strbuf) struct strbuf form = STRBUF_INIT;

	dns_add_field(&form, "action", "add");
	dns_add_members(&form, object);
	return control_zone(session, zone, "add a record", &form, err);
}

/* The record is a form within the form. */
static int remove_record(struct dns_session *session, const struct dns_zone *zone, const char *id,
			 struct error *err)
{
	AUTO(json) struct json *record = dns_record_of_id(id);
	AUTO(strbuf) struct strbuf form = STRBUF_INIT;
	AUTO_FREE char *selected = xasprintf("name=%s&value=%s", dns_answer_text(record, "name"),
					     dns_answer_text(record, "value"));

	dns_add_field(&form, "action", "select");
	dns_add_field(&form, "txtrecs0", selected);
	return control_zone(session, zone, "remove a record", &form, err);
}

static const struct dns_record_calls record_calls = {
	.shape = {.name = "name", .value = "value", .apex = "", .is_quoted = true},
	.list = list_records,
	.add = add_record,
	.remove = remove_record,
};

const struct dns_provider dns_directadmin = {
	DNS_SERVICE("directadmin", "DirectAdmin", "60"),
	DNS_CREDENTIALS({"username", "name of the account", false, true},
			{"password", "its password, or better a login key"},
			{"url", "the address of the server, such as https://da.example.org:2222",
			 false, true}),
	.credentials_source =
		"the server, login keys; CMD_API_SHOW_DOMAINS, CMD_API_DNS_CONTROL, CMD_API_LOGIN_TEST",
	.flags = DNS_OWN_SERVER,
	.explain_body = explain_body,
	.judge = judge,
	.login_hint =
		"check dns_directadmin_username and dns_directadmin_password; a login key needs "
		"CMD_API_SHOW_DOMAINS, CMD_API_DNS_CONTROL and CMD_API_LOGIN_TEST",
	.endpoint = {"url", NULL, ""},
	.authorize = dns_authorize_basic,
	.list_zones = list_zones,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
