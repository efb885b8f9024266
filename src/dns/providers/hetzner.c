/*
 * Hetzner, Cloud API v1 (https://docs.hetzner.cloud/reference/cloud#zone-rrset-actions): values are
 * added to and removed from a record set by an action each. A zone takes one action at a time: the
 * next one is asked to wait ("locked", "conflict").
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "codec/url.h"
#include "dns/answer.h"
#include "dns/api.h"

static const struct dns_credential credentials[] = {
	{"api_token",
	 "API token of the Hetzner Cloud project that holds the zone, with permission "
	 "to read and write",
	 false},
};

static const struct option options[] = {
	DNS_OPTIONS("hetzner", "hetzner", "Hetzner", "60"),
};

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	dns_add_bearer(headers, dns_credential(session, "api_token"));
	return 0;
}

static void explain(const struct json *answer, struct strbuf *out)
{
	const struct json *error = json_member(answer, "error");

	if (error)
		strbuf_addf(out, "%s: %s", dns_answer_text(error, "code"),
			    dns_answer_text(error, "message"));
}

static bool is_busy(const struct dns_reply *reply)
{
	const char *code = dns_answer_text(json_member(reply->json, "error"), "code");

	return strcmp(code, "locked") == 0 || strcmp(code, "conflict") == 0;
}

static void take_zone(void *context, const struct json *item)
{
	char **ret_id = context;

	if (!*ret_id)
		*ret_id = dns_answer_id(item, "id");
}

static int find_zone(struct dns_session *session, const char *name, char **ret_id,
		     struct error *err)
{
	AUTO_FREE char *url = xasprintf("/zones?name=%s", name);
	const struct dns_listing listing = {
		.what = "look up the zone", .url = url, .array = "zones"};

	if (dns_list(session, &listing, take_zone, ret_id, err) < 0)
		return err->code;
	return *ret_id ? 0 : error_set(err, ERR_NOT_FOUND, "no zone '%s'", name);
}

static char *url_of(const struct dns_zone *zone, const char *name, const char *action)
{
	AUTO_FREE char *relative = dns_relative(name, zone, "@");
	AUTO(strbuf) struct strbuf url = STRBUF_INIT;

	strbuf_addf(&url, "/zones/%s/rrsets/", zone->id);
	url_add_escaped(&url, relative);
	strbuf_addf(&url, "/TXT%s", action);
	return strbuf_detach(&url);
}

/* Values of a name: none when it has no record set. */
static int read_values(struct dns_session *session, const struct dns_zone *zone, const char *name,
		       struct strvec *ret_values, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO_FREE char *url = url_of(zone, name, "");
	const struct dns_call call = {
		.what = "read a record set", .method = HTTP_GET, .url = url, .accept = {404}};
	struct json *set = NULL, *records;

	if (dns_call(session, &call, &reply, err) < 0)
		return err->code;
	if (reply.status == 404)
		return 0;
	if (dns_answer_object(session, call.what, reply.json, "rrset", &set, err) < 0)
		return err->code;
	records = json_member(set, "records");
	for (size_t i = 0; records && i < json_count(records); i++)
		strvec_give(ret_values, dns_unquote(dns_answer_text(json_at(records, i), "value")));
	return 0;
}

static void push_value(struct json *records, const char *value)
{
	AUTO_FREE char *quoted = dns_quote(value);
	struct json *record = json_object_new();

	json_set_string(record, "value", quoted);
	json_push(records, record);
}

/* Runs an action about those values of the set that are there already, or that are not. */
static int act(struct dns_session *session, const struct dns_zone *zone, const struct dns_set *set,
	       bool is_removal, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(strvec) struct strvec there = STRVEC_INIT;
	AUTO(json) struct json *body = json_object_new();
	struct json *records = json_array_new();
	AUTO_FREE char *url = url_of(
		zone, set->name, is_removal ? "/actions/remove_records" : "/actions/add_records");
	const struct dns_call call = {.what = is_removal ? "remove records" : "add records",
				      .method = HTTP_POST,
				      .url = url,
				      .json = body,
				      .flags = DNS_CALL_REPEATABLE};

	json_set(body, "records", records);
	if (read_values(session, zone, set->name, &there, err) < 0)
		return err->code;
	if (!there.count)
		json_set_int(body, "ttl", session->provider->ttl);
	for (size_t i = 0; i < set->count; i++)
		if (strvec_contains(&there, set->records[i]->value) == is_removal)
			push_value(records, set->records[i]->value);
	return json_count(records) ? dns_call(session, &call, &reply, err) : 0;
}

static int present(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	for (size_t i = 0; i < batch->set_count; i++)
		if (act(session, batch->zone, &batch->sets[i], false, err) < 0)
			return err->code;
	return 0;
}

static int cleanup(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	for (size_t i = 0; i < batch->set_count; i++)
		if (act(session, batch->zone, &batch->sets[i], true, err) < 0)
			return err->code;
	return 0;
}

const struct dns_provider dns_hetzner = {
	.plugin = DNS_PLUGIN("hetzner",
			     "Obtain certificates using a DNS TXT record (if you are "
			     "using Hetzner for DNS).",
			     options),
	.title = "Hetzner",
	.ttl = 60,
	.credentials = credentials,
	.credential_count = ARRAY_LEN(credentials),
	.base_url = "https://api.hetzner.cloud/v1",
	.authorize = authorize,
	.explain = explain,
	.rate_limited = is_busy,
	.login_hint = "check dns_hetzner_api_token; tokens of the old DNS console do not work any "
		      "more",
	.find_zone = find_zone,
	.present = present,
	.cleanup = cleanup,
};
