/*
 * cPanel, UAPI (https://api.docs.cpanel.net/openapi/cpanel/operation/dns-mass_edit_zone): one
 * record per value, all changes of a zone in one form. Records are identified by their line in the
 * zone file, and a change names the serial number of the zone that it applies to, so that lines do
 * not move meanwhile. Names and values are read in base64.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "codec/url.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

#define ZONE_URL "/parse_zone?zone={zone}"
#define NOT_OURS "do not control a DNS zone"

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	const char *user = dns_credential(session, "username");
	const char *token = dns_credential(session, "token");
	AUTO_FREE char *pair = token ? xasprintf("%s:%s", user, token) : NULL;

	if (pair) {
		dns_add_token(session->provider, pair, headers);
		secret_wipe(pair, strlen(pair));
	} else {
		dns_add_basic(headers, user, dns_credential(session, "password"));
	}
	return 0;
}

/* {"status": 0, "errors": ["..."]}. A zone that has changed says "The given serial number ... does
 * not match". */
static const struct dns_reason reasons[] = {
	{NOT_OURS, DNS_UNKNOWN},
	{"serial number", DNS_STALE},
};

/* A value may be cut into several strings. The SOA record has the serial number. */
static void take_line(struct dns_found *found, const struct json *line)
{
	const struct json *data = json_member(line, "data_b64");
	const char *type = dns_answer_text(line, "record_type");
	bool is_soa = strcmp(type, "SOA") == 0;
	AUTO_FREE char *number = dns_answer_id(line, "line_index");
	AUTO(strbuf) struct strbuf name = STRBUF_INIT, value = STRBUF_INIT;

	dns_answer_base64(json_member(line, "dname_b64"), &name);
	for (size_t i = is_soa ? 2 : 0; i < (is_soa ? 3 : json_count(data)); i++)
		dns_answer_base64(json_at(data, i), &value);
	if (is_soa && value.len)
		REPLACE(found->version, strbuf_detach(&value));
	else if (strcmp(type, "TXT") == 0)
		dns_found_add(found, name.text, value.text, number);
}

/* All changes of a zone are one form. */
static int edit_zone(struct dns_session *session, const struct dns_found *found,
		     const struct json *changes, bool is_removal, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(strbuf) struct strbuf form = STRBUF_INIT;
	const struct dns_call call = {.what = is_removal ? "remove records" : "add records",
				      .url = "/mass_edit_zone",
				      .flags = DNS_CALL_REPEATABLE};

	if (!found->version)
		return dns_bad_answer(session, "list records", "expected a SOA record", err);
	url_add_field(&form, "zone", found->batch->zone->name);
	url_add_field(&form, "serial", found->version);
	dns_add_fields(&form, is_removal ? "remove" : "add", changes);
	return dns_post_form(session, call, &form, &reply, err);
}

static const struct dns_record_calls record_calls = {
	.shape = {.type = "record_type",
		  .name = "dname",
		  .value = "data",
		  .ttl = "ttl",
		  .has_dot = true,
		  .value_is_array = true},
	.list_zone = ZONE_URL,
	.array = "data",
	.take = take_line,
	.edit = edit_zone,
};

const struct dns_provider dns_cpanel = {
	DNS_SERVICE("cpanel", "cPanel", "120"),
	DNS_CREDENTIALS({"url", "the server, such as https://cpanel.example.org:2083", false, true},
			{"username", "name of the account", false, true},
			{"token", "an API token of the account", true},
			{"password", "its password, instead", true}),
	.credentials_source = "the server, security, manage API tokens",
	.flags = DNS_OWN_SERVER,
	.ttl = 60,
	.max_batch = 100,
	.authorize = authorize,
	.token_scheme = "cpanel",
	.error_shape = {.message = "errors",
			.status = "status",
			.success = "1",
			.judges_words = true,
			DNS_REASONS(reasons)},
	.login_hint =
		"check dns_cpanel_username and dns_cpanel_token or dns_cpanel_password, and that "
		"the account has the Zone Editor",
	.endpoint = {"url", NULL, "/execute/DNS"},
	.choices = {"token", "password"},
	.zone_calls =
		&(const struct dns_zone_calls){.url = ZONE_URL, .denied = 403, .missing = NOT_OURS},
	.find_zone = dns_find_zone_at,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
