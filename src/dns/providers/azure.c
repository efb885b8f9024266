/*
 * Azure DNS, REST API 2018-05-01 (https://learn.microsoft.com/en-us/rest/api/dns/record-sets): sets
 * of values, written as a whole. A service principal logs in by its secret
 * (https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow).
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "dns/answer.h"
#include "dns/api.h"
#include "dns/sets.h"
#include "dns/token.h"

#define VERSION "?api-version=2018-05-01"

static int open_session(struct dns_session *session, struct error *err)
{
	session->state = XNEW(struct dns_token);
	return 0;
}

static void close_session(struct dns_session *session)
{
	struct dns_token *token = session->state;

	secret_release(&token->text);
	free(token);
}

static void fill_form(const struct dns_session *session, struct strbuf *form)
{
	dns_add_field(form, "grant_type", "client_credentials");
	dns_add_field(form, "client_id", dns_credential(session, "sp_client_id"));
	dns_add_field(form, "client_secret", dns_credential(session, "sp_client_secret"));
	dns_add_field(form, "scope", "https://management.azure.com/.default");
}

static int log_in(struct dns_session *session, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(strbuf) struct strbuf form = STRBUF_INIT;
	AUTO_FREE char *url = xasprintf("https://login.microsoftonline.com/%s/oauth2/v2.0/token",
					dns_credential(session, "tenant_id"));
	struct dns_call call = {.what = "log in",
				.method = HTTP_POST,
				.url = url,
				.content_type = "application/x-www-form-urlencoded",
				.flags = DNS_CALL_ANONYMOUS | DNS_CALL_REPEATABLE};
	int rc;

	fill_form(session, &form);
	call.body = form.text;
	rc = dns_call(session, &call, &reply, err);
	secret_wipe(form.text, form.len);
	return rc < 0 ? rc : dns_token_take(session, call.what, reply.json, session->state, err);
}

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	const struct dns_token *token = session->state;

	if (dns_token_ends(session, token) && log_in(session, err) < 0)
		return err->code;
	dns_add_bearer(headers, secret_peek(&token->text));
	return 0;
}

/* {"error": {"code", "message"}}, or from the log-in {"error": "code", "error_description"}. */
static void explain(const struct json *answer, struct strbuf *out)
{
	const char *said = dns_answer_text(answer, "error_description");

	if (!*said)
		dns_explain_error(answer, out);
	else
		strbuf_addf(out, "%.*s", (int)strcspn(said, "\r\n"), said);
}

static char *next_page(const struct dns_reply *page, const char *url)
{
	return xstrdup_or_null(json_text(json_member(page->json, "nextLink")));
}

/* Private zones are seen inside virtual networks only. */
static void take_zone(void *zones, const struct json *item)
{
	if (strcmp(dns_answer_text(json_member(item, "properties"), "zoneType"), "Private") == 0)
		return;
	dns_zones_add(zones, dns_answer_text(item, "name"), dns_answer_text(item, "id"));
}

static int list_zones(struct dns_session *session, struct dns_zones *ret_zones, struct error *err)
{
	AUTO_FREE char *url =
		xasprintf("/subscriptions/%s/providers/Microsoft.Network/dnsZones" VERSION,
			  dns_credential(session, "subscription_id"));
	const struct dns_listing listing = {
		.what = "list zones", .url = url, .array = "value", .next = next_page};

	return dns_list(session, &listing, take_zone, ret_zones, err);
}

/* [{"value": ["text"]}]. */
static struct json *make_records(const struct strvec *values)
{
	struct json *records = json_array_new();

	for (size_t i = 0; i < values->count; i++) {
		struct json *record = json_object_new();

		json_set(record, "value", dns_string_parts(values->items[i]));
		json_push(records, record);
	}
	return records;
}

static int change(struct dns_session *session, const struct dns_set_change *change,
		  struct error *err)
{
	AUTO(json) struct json *body = json_object_new();
	struct json *properties = json_object_new();

	json_set(body, "properties", properties);
	json_set_int(properties, "TTL", change->ttl);
	json_set(properties, "TXTRecords", make_records(&change->after));
	return dns_put_set(session, change, body, err);
}

const struct dns_provider dns_azure = {
	DNS_SERVICE("azure", "Azure", "60"),
	DNS_CREDENTIALS(
		{"tenant_id", "directory (tenant) ID of the service principal", false, true},
		{"sp_client_id", "application (client) ID of the service principal", false, true},
		{"sp_client_secret", "a secret of the service principal"},
		{"subscription_id", "ID of the subscription that has the zones", false, true}),
	.ttl = 60,
	.base_url = "https://management.azure.com",
	.authorize = authorize,
	.explain = explain,
	.login_hint = "check the credentials, and that the service principal has the role DNS Zone "
		      "Contributor for the zone",
	.open = open_session,
	.close = close_session,
	.list_zones = list_zones,
	.set_calls = &(const struct dns_set_calls){.url = "{zone_id}/TXT/{name}" VERSION,
						   .path = {"properties", "TXTRecords"},
						   .value = "value",
						   .ttl = "TTL",
						   .change = change},
	.present = dns_present_sets,
	.cleanup = dns_cleanup_sets,
};
