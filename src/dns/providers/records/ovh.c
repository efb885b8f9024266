/*
 * OVHcloud, API 1.0 (https://eu.api.ovh.com/console/?section=%2Fdomain): one record per value, one
 * request per record, and one that publishes the changes on the zone's servers.
 *
 * Requests are signed (https://help.ovhcloud.com/csm/en-gb-api-getting-started-ovhcloud-api) by
 * SHA-1 over secrets and request, with the time of the API's clock; or they carry the token that a
 * service account gets by OAuth 2.0 (https://help.ovhcloud.com/csm/en-manage-service-account).
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "codec/url.h"
#include "crypto/digest.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"
#include "dns/api/token.h"

#define OBTAINED " for OVH API, obtained from https://eu.api.ovh.com/createToken/"

static const struct endpoint {
	const char *name, *url, *token_url; /* NULL: it has no service accounts */
} endpoints[] = {
	{"ovh-eu", "https://eu.api.ovh.com/1.0", "https://www.ovh.com/auth/oauth2/token"},
	{"ovh-ca", "https://ca.api.ovh.com/1.0", "https://ca.ovh.com/auth/oauth2/token"},
	{"ovh-us", "https://api.us.ovhcloud.com/1.0", "https://us.ovhcloud.com/auth/oauth2/token"},
	{"kimsufi-eu", "https://eu.api.kimsufi.com/1.0"},
	{"kimsufi-ca", "https://ca.api.kimsufi.com/1.0"},
	{"soyoustart-eu", "https://eu.api.soyoustart.com/1.0"},
	{"soyoustart-ca", "https://ca.api.soyoustart.com/1.0"},
};

/* The state of a session. */
struct ovh {
	const struct endpoint *endpoint;
	bool has_service_account;
	int64_t clock_offset;   /* seconds that the API's clock is ahead; for signatures */
	struct dns_token token; /* of the service account */
};

static int read_clock(struct dns_session *session, struct error *err)
{
	struct ovh *ovh = session->state;
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	const struct dns_call call = {.what = "read the time",
				      .method = HTTP_GET,
				      .url = "/auth/time",
				      .flags = DNS_CALL_NOT_JSON | DNS_CALL_ANONYMOUS};
	char *end;
	long long there;

	if (dns_call(session, &call, &reply, err) < 0)
		return err->code;
	there = strtoll(reply.body, &end, 10);
	if (end == reply.body || there < 0)
		return dns_bad_answer(session, call.what, "expected a number", err);
	ovh->clock_offset = there - dns_now(session);
	return 0;
}

/* The keys of both ways to log in, and which of them are there. */
static int check_keys(const struct dns_session *session, const struct ovh *ovh, struct error *err)
{
	static const char *const keys[][3] = {
		{"application_key", "application_secret", "consumer_key"},
		{"client_id", "client_secret", NULL},
	};
	const char *path = dns_credentials_path(session);

	for (size_t i = 0; i < 3; i++) {
		const char *own = keys[ovh->has_service_account][i];
		const char *other = keys[!ovh->has_service_account][i];

		if (own && !dns_credential(session, own))
			return error_set(
				err, ERR_CONFIG,
				"Missing property in credentials configuration file %s:\n * "
				"Property \"dns_ovh_%s\" not found.",
				path, own);
		if (other && dns_credential(session, other))
			return error_set(err, ERR_CONFIG,
					 "%s: dns_ovh_%s is not needed when dns_ovh_%s is used",
					 path, other, keys[ovh->has_service_account][0]);
	}
	if (ovh->has_service_account && !ovh->endpoint->token_url)
		return error_set(err, ERR_CONFIG, "%s: '%s' has no service accounts", path,
				 ovh->endpoint->name);
	return 0;
}

static const struct endpoint *find_endpoint(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(endpoints); i++)
		if (strcmp(endpoints[i].name, name) == 0)
			return &endpoints[i];
	return NULL;
}

static int open_session(struct dns_session *session, struct error *err)
{
	const char *name = dns_credential(session, "endpoint");
	struct ovh *ovh = XNEW(struct ovh);

	session->state = ovh;
	ovh->endpoint = find_endpoint(name);
	ovh->has_service_account = dns_credential(session, "client_id") != NULL;
	if (!ovh->endpoint) {
		error_set(err, ERR_CONFIG, "%s: unknown dns_ovh_endpoint '%s'",
			  dns_credentials_path(session), name);
		return error_hint(err, "use one of ovh-eu, ovh-ca, ovh-us, kimsufi-eu, "
				       "kimsufi-ca, soyoustart-eu, soyoustart-ca");
	}
	session->base_url = ovh->endpoint->url;
	if (check_keys(session, ovh, err) < 0)
		return err->code;
	return ovh->has_service_account ? 0 : read_clock(session, err);
}

static void close_session(struct dns_session *session)
{
	struct ovh *ovh = session->state;

	if (ovh)
		secret_release(&ovh->token.text);
	free(ovh);
}

static void sign_request(const struct dns_session *session, const struct dns_outgoing *request,
			 struct headers *headers)
{
	const struct ovh *ovh = session->state;
	AUTO_FREE char *time = xasprintf("%lld", (long long)(dns_now(session) + ovh->clock_offset));
	AUTO_FREE char *text = xasprintf("%s+%s+%s+%s+%s+%s",
					 dns_credential(session, "application_secret"),
					 dns_credential(session, "consumer_key"), request->method,
					 request->url, request->body, time);
	AUTO(strbuf) struct strbuf signature = STRBUF_INIT;

	strbuf_adds(&signature, "$1$");
	digest_hex(DIGEST_SHA1, text, strlen(text), &signature);
	secret_wipe(text, strlen(text));
	headers_add(headers, "X-Ovh-Application", dns_credential(session, "application_key"));
	headers_add(headers, "X-Ovh-Consumer", dns_credential(session, "consumer_key"));
	headers_add(headers, "X-Ovh-Timestamp", time);
	headers_add(headers, "X-Ovh-Signature", signature.text);
}

static int log_in(struct dns_session *session, struct error *err)
{
	struct ovh *ovh = session->state;
	AUTO(strbuf) struct strbuf form = STRBUF_INIT;

	url_add_field(&form, "grant_type", "client_credentials");
	url_add_field(&form, "client_id", dns_credential(session, "client_id"));
	url_add_field(&form, "client_secret", dns_credential(session, "client_secret"));
	url_add_field(&form, "scope", "all");
	if (dns_token_fetch(session, ovh->endpoint->token_url, &form, &ovh->token, err) == 0)
		return 0;
	if (err->code == ERR_CONFIG || err->code == ERR_PLUGIN)
		error_hint(err, "check dns_ovh_client_id and dns_ovh_client_secret");
	return err->code;
}

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	struct ovh *ovh = session->state;

	if (!ovh->has_service_account)
		sign_request(session, request, headers);
	else if (dns_token_ends(session, &ovh->token) && log_in(session, err) < 0)
		return err->code;
	else
		dns_add_bearer(headers, secret_peek(&ovh->token.text));
	return 0;
}

/* {"message": "..."}, or from a log-in {"error": "...", "error_description": "..."}. */
static void explain(const struct json *answer, struct strbuf *out)
{
	dns_explain_message(answer, out);
	if (!out->len)
		strbuf_adds(out, dns_answer_text(answer, "error_description"));
}

static void take_zone(void *zones, const struct json *item)
{
	if (json_text(item))
		dns_zones_add(zones, json_text(item), NULL);
}

/* The first signed request: a wrong secret shows here, as 400. Rights may be for single zones, so
 * that these have to be asked for. */
static int list_zones(struct dns_session *session, struct dns_zones *ret_zones, struct error *err)
{
	const struct dns_listing listing = {.what = "list zones", .url = "/domain/zone/"};
	int rc = dns_list(session, &listing, take_zone, ret_zones, err);

	if (rc == ERR_PLUGIN)
		error_hint(err, "check dns_ovh_application_secret");
	if (rc == ERR_CONFIG && strstr(err->text, "not been granted"))
		return error_recode(err, ERR_REFUSED);
	return rc;
}

static void take_id(void *ids, const struct json *item)
{
	int64_t id;

	if (json_int(item, &id))
		strvec_pushf(ids, "%lld", (long long)id);
}

static int read_record(struct dns_session *session, struct dns_found *found, const char *id,
		       struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	const struct dns_record_calls *calls = session->provider->record_calls;
	const struct dns_url_parts parts = {.zone = found->batch->zone, .id = id};
	AUTO_FREE char *url = dns_url(calls->url, &parts);
	const struct dns_call call = {
		.what = "read a record", .method = HTTP_GET, .url = url, .accept = {404}};

	if (dns_call(session, &call, &reply, err) < 0)
		return err->code;
	if (reply.status != 404)
		dns_found_add_json(found, reply.json, &calls->shape);
	return 0;
}

/* A list has only ids: each of the few TXT records of a name is read. */
static int list_records(struct dns_session *session, struct dns_found *found, struct error *err)
{
	const struct dns_batch *batch = found->batch;
	AUTO(strvec) struct strvec ids = STRVEC_INIT;

	for (size_t i = 0; i < batch->set_count; i++) {
		const struct dns_url_parts parts = {
			.zone = batch->zone, .name = batch->sets[i].name, .apex = ""};
		AUTO_FREE char *url = dns_url(
			"/domain/zone/{zone}/record?fieldType=TXT&subDomain={name}", &parts);
		const struct dns_listing listing = {.what = "list records", .url = url};

		if (dns_list(session, &listing, take_id, &ids, err) < 0)
			return err->code;
	}
	for (size_t i = 0; i < ids.count; i++)
		if (read_record(session, found, ids.items[i], err) < 0)
			return err->code;
	return 0;
}

/* Makes the name servers publish the changes. The answer is "null". */
static int refresh_zone(struct dns_session *session, const struct dns_zone *zone, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO_FREE char *url = xasprintf("/domain/zone/%s/refresh", zone->name);
	const struct dns_call call = {.what = "refresh the zone",
				      .method = HTTP_POST,
				      .url = url,
				      .flags = DNS_CALL_NO_ANSWER | DNS_CALL_REPEATABLE};

	return dns_call(session, &call, &reply, err);
}

static const struct dns_record_calls record_calls = {
	.shape = {.type = "fieldType",
		  .name = "subDomain",
		  .value = "target",
		  .ttl = "ttl",
		  .apex = ""},
	.list = list_records,
	.new_url = "/domain/zone/{zone}/record",
	.url = "/domain/zone/{zone}/record/{id}",
	.finish = refresh_zone,
};

static const struct plugin_manual manual_page = {
	.paragraphs =
		{"Either the three values of an application, or the two of a service account. "
		 "The endpoint is one of `ovh-eu`, `ovh-ca`, `ovh-us`, `kimsufi-eu`, "
		 "`kimsufi-ca`, `soyoustart-eu`, `soyoustart-ca`."},
	.credentials = "dns_ovh_endpoint = ovh-eu\n"
		       "dns_ovh_application_key = ...\n"
		       "dns_ovh_application_secret = ...\n"
		       "dns_ovh_consumer_key = ...",
};

const struct dns_provider dns_ovh = {
	DNS_SERVICE("ovh", "OVH", "120"),
	.plugin.manual = &manual_page,
	DNS_CREDENTIALS(
		{"endpoint", "OVH API endpoint (ovh-eu, ovh-ca or ovh-us)", false, true},
		{"application_key", "Application key" OBTAINED, true},
		{"application_secret", "Application secret" OBTAINED, true},
		{"consumer_key", "Consumer key" OBTAINED, true},
		{"client_id", "ID of a service account, instead of these three", true, true},
		{"client_secret", "its secret", true}),
	.credentials_source =
		"eu.api.ovh.com/createToken; GET, PUT, POST, DELETE on `/domain/zone/*`, or on one zone",
	.ttl = 60,
	.authorize = authorize,
	.explain = explain,
	.login_hint =
		"check dns_ovh_application_key and dns_ovh_consumer_key, and that the token "
		"has the rights GET, PUT, POST and DELETE on /domain/zone/*; a service account "
		"needs an IAM policy for the zone",
	.open = open_session,
	.close = close_session,
	.list_zones = list_zones,
	.zone_calls = &(const struct dns_zone_calls){.url = "/domain/zone/{zone}"},
	.find_zone = dns_find_zone_at,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
