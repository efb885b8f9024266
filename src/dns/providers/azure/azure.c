/*
 * Azure DNS, REST API 2018-05-01 (https://learn.microsoft.com/en-us/rest/api/dns/record-sets): sets
 * of values, written as a whole.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/span.h"
#include "base/strvec.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/sets.h"
#include "dns/providers/azure/azure_login.h"

#define VERSION "?api-version=2018-05-01"

/* How many parts the IDs of Azure have. */
enum {
	GROUP_PARTS = 4, /* subscriptions, its ID, resourceGroups, a name */
	ZONE_PARTS = 8,  /* and providers, Microsoft.Network, dnszones, a name */
};

/* A zone as certbot-dns-azure has it: DOMAIN:ID, where ID is that of the zone or of the resource
 * group in which it is. The domain of a zone's ID counts, as there. */
static int take_mapping(struct span mapping, struct dns_zones *zones)
{
	AUTO_FREE char *text = span_dup(mapping);
	AUTO_FREE char *id = NULL;
	AUTO(strvec) struct strvec parts = STRVEC_INIT;
	char *colon = strchr(text, ':');

	if (!colon)
		return -1;
	*colon = '\0';
	strvec_split(&parts, colon + 1, "/");
	if (parts.count < GROUP_PARTS || !str_eq_nocase(parts.items[0], "subscriptions"))
		return -1;
	id = xasprintf("/subscriptions/%s/resourceGroups/%s/providers/Microsoft.Network/"
		       "dnsZones/%s",
		       parts.items[1], parts.items[3],
		       parts.count == ZONE_PARTS ? parts.items[7] : text);
	if (zones)
		dns_zones_add(zones, strrchr(id, '/') + 1, id);
	return 0;
}

/* Takes the zones that the credentials file lists; with NULL only looks whether it could. */
static int take_mappings(const struct dns_session *session, struct dns_zones *zones,
			 struct error *err)
{
	const char *mappings = dns_credential(session, "zone");
	struct span rest = span_of(mappings ? mappings : ""), line;

	while (span_take_until(&rest, '\n', &line))
		if (take_mapping(line, zones) < 0)
			return error_set(err, ERR_CONFIG,
					 "%s: dns_azure_zone must be DOMAIN:/subscriptions/ID/"
					 "resourceGroups/NAME, not '%.*s'",
					 dns_credentials_path(session), (int)line.len, line.ptr);
	return 0;
}

/* The zones are those of a subscription, or are listed. */
static int check_zones(const struct dns_session *session, struct error *err)
{
	if (dns_credential(session, "subscription_id") || dns_credential(session, "zone"))
		return take_mappings(session, NULL, err);
	error_set(err, ERR_CONFIG, "%s does not say where the zones are",
		  dns_credentials_path(session));
	return error_hint(err, "set dns_azure_subscription_id, or dns_azure_zone1 = "
			       "DOMAIN:/subscriptions/ID/resourceGroups/NAME for each zone");
}

static int open_session(struct dns_session *session, struct error *err)
{
	struct azure *azure = XNEW(struct azure);

	session->state = azure;
	if (azure_login_choose(session, azure, err) < 0 || check_zones(session, err) < 0)
		return err->code;
	session->base_url = azure->cloud->management;
	return 0;
}

static void close_session(struct dns_session *session)
{
	struct azure *azure = session->state;

	secret_release(&azure->token.text);
	free(azure);
}

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	const struct azure *azure = session->state;

	if (azure_login(session, err) < 0)
		return err->code;
	dns_add_bearer(headers, secret_peek(&azure->token.text));
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

/* Zones that are listed in the file come first: an identity with rights to single zones cannot list
 * those of the subscription. */
static int list_zones(struct dns_session *session, struct dns_zones *ret_zones, struct error *err)
{
	AUTO_FREE char *url =
		xasprintf("/subscriptions/%s/providers/Microsoft.Network/dnsZones" VERSION,
			  dns_credential(session, "subscription_id") ?: "");
	const struct dns_listing listing = {
		.what = "list zones", .url = url, .array = "value", .next = next_page};

	if (take_mappings(session, ret_zones, err) < 0)
		return err->code;
	return dns_credential(session, "subscription_id")
		       ? dns_list(session, &listing, take_zone, ret_zones, err)
		       : 0;
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

static struct json *new_body(const struct dns_session *session, const struct dns_set_change *change)
{
	struct json *body = json_object_new(), *properties = json_object_new();

	json_set(body, "properties", properties);
	json_set_int(properties, "TTL", change->ttl);
	json_set(properties, "TXTRecords", make_records(&change->after));
	return body;
}

static const struct plugin_manual manual_page = {
	.paragraphs = {"One identity is needed: a service principal with a secret (`tenant_id`, "
		       "`sp_client_id`, `sp_client_secret`) or with a certificate "
		       "(`sp_certificate_path`), the machine's own (`msi_system_assigned`), one "
		       "given to it (`msi_client_id`), or that of a workload in Kubernetes."},
	.credentials = "dns_azure_subscription_id = 00000000-0000-0000-0000-000000000000\n"
		       "dns_azure_tenant_id = 00000000-0000-0000-0000-000000000000\n"
		       "dns_azure_sp_client_id = 00000000-0000-0000-0000-000000000000\n"
		       "dns_azure_sp_client_secret = ...",
};

const struct dns_provider dns_azure = {
	DNS_SERVICE_WITH("azure", "Azure", "60",
			 DNS_THEIR_OPTION("azure", "config", "credentials", OPTION_PATH, 0)),
	.plugin.manual = &manual_page,
	DNS_CREDENTIALS(
		{"tenant_id", "directory (tenant) ID of the service principal", true, true},
		{"sp_client_id", "application (client) ID of the service principal", true, true},
		{"sp_client_secret", "a secret of the service principal", true},
		{"sp_certificate_path", "its certificate and key, instead of a secret", true, true,
		 .is_path = true},
		{"msi_system_assigned", "true for the machine's own identity", true, true},
		{"msi_client_id", "client ID of an identity given to the machine", true, true},
		{"use_workload_identity_credentials", "true in Kubernetes", true, true},
		{"environment", "the cloud, such as AzureChinaCloud", true, true},
		{"subscription_id", "ID of the subscription that has the zones", true, true},
		{"zone", "a zone, DOMAIN:ID, in place of a subscription", true, true,
		 .is_numbered = true}),
	.credentials_source = "portal.azure.com, an identity with the role DNS Zone Contributor",
	.ttl = 60,
	.authorize = authorize,
	.explain = explain,
	.login_hint = "check the credentials, and that this identity has the role DNS Zone "
		      "Contributor for the zone",
	.open = open_session,
	.close = close_session,
	.list_zones = list_zones,
	.set_calls = &(const struct dns_set_calls){.url = "{zone_id}/TXT/{name}" VERSION,
						   .path = {"properties", "TXTRecords"},
						   .value = "value",
						   .ttl = "TTL",
						   .body = new_body},
	.present = dns_present_sets,
	.cleanup = dns_cleanup_sets,
};
