/*
 * DirectAdmin (https://docs.directadmin.com/changelog/version-1.24.2.html, "API for User and Admin
 * Level DNS Administration"): one record per value, one form per record. The zone is read as the
 * text of its file, and records are removed by their text there. Answers to forms are forms.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "codec/url.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

extern const struct dns_provider dns_directadmin;

#define CONTROL "/CMD_API_DNS_CONTROL"

/* error=1&text=...&details=...; a page in HTML asks for a log-in. */
static enum dns_verdict judge(const struct dns_reply *reply)
{
	if (reply->body[0] == '<' && reply->status < 300)
		return DNS_DENIED;
	return dns_judge_error(&dns_directadmin.error_shape, reply);
}

/* Posts a change of a record of the zone. */
static int control_zone(struct dns_session *session, const struct dns_zone *zone, const char *what,
			struct strbuf *form, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	const struct dns_call call = {
		.what = what, .url = CONTROL, .flags = DNS_CALL_FORM | DNS_CALL_REPEATABLE};

	url_add_field(form, "domain", zone->name);
	return dns_post_form(session, call, form, &reply, err);
}

static int add_record(struct dns_session *session, const struct dns_zone *zone, struct json *object,
		      struct error *err)
{
	AUTO(strbuf) struct strbuf form = STRBUF_INIT;

	url_add_field(&form, "action", "add");
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

	url_add_field(&form, "action", "select");
	url_add_field(&form, "txtrecs0", selected);
	return control_zone(session, zone, "remove a record", &form, err);
}

static const struct dns_record_calls record_calls = {
	.shape = {.name = "name",
		  .value = "value",
		  .apex = "",
		  .is_quoted = true,
		  .has_no_id = true},
	.list_zone = CONTROL "?domain={zone}",
	.list_flags = DNS_CALL_ZONE,
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
	.error_shape = {.message = "text", .more = "details", .status = "error", .success = "0"},
	.judge = judge,
	.login_hint =
		"check dns_directadmin_username and dns_directadmin_password; a login key needs "
		"CMD_API_SHOW_DOMAINS, CMD_API_DNS_CONTROL and CMD_API_LOGIN_TEST",
	.endpoint = {"url", NULL, ""},
	.authorize = dns_authorize_basic,
	.zone_calls = &(const struct dns_zone_calls){.url = "/CMD_API_SHOW_DOMAINS",
						     .array = "list[]",
						     .flags = DNS_CALL_FORM},
	.list_zones = dns_list_zones_called,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
