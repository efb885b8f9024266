/*
 * Cloudflare, API v4: all records of a zone in one batch request
 * (https://developers.cloudflare.com/api/resources/dns/subresources/records/methods/batch/).
 */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

enum {
	MAX_LOOKUPS = 10, /* records; more are found in a list of all */
};

/* Cloudflare's numbers of errors that the person can do something about. As for Certbot, those that
 * are about the credentials end the search for a zone; any other may be about the one name asked
 * for. */
static const struct {
	int64_t code;
	bool ends_search;
	const char *remedy;
} known_errors[] = {
	{6003, true, "was the whole API token copied into the credentials file?"},
	{9103, true, "check dns_cloudflare_email and dns_cloudflare_api_key"},
	{9109, true, "check dns_cloudflare_api_token"},
	{1009, false, "the API token needs the permission Zone:DNS:Edit"},
};

/* Either a token, or e-mail address and global key. */
static int open_session(struct dns_session *session, struct error *err)
{
	bool token = dns_credential(session, "api_token");
	bool email = dns_credential(session, "email"), key = dns_credential(session, "api_key");
	const char *fault = "dns_cloudflare_api_token is needed";

	if (token ? !email && !key : email && key)
		return 0;
	if (token)
		fault = "dns_cloudflare_email and dns_cloudflare_api_key are not needed when "
			"dns_cloudflare_api_token is used";
	else if (key)
		fault = "dns_cloudflare_email is needed when dns_cloudflare_api_key is used";
	else if (email)
		fault = "dns_cloudflare_api_key is needed when dns_cloudflare_email is used";
	return error_set(err, ERR_CONFIG, "%s: %s", dns_credentials_path(session), fault);
}

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	if (dns_credential(session, "api_token")) /* the first of the credentials */
		return dns_authorize_bearer(session, request, headers, err);
	headers_add(headers, "X-Auth-Email", dns_credential(session, "email"));
	headers_add(headers, "X-Auth-Key", dns_credential(session, "api_key"));
	return 0;
}

/* Appends all errors of an answer; true when one of them ends the search for a zone. */
static bool read_errors(const struct json *answer, struct strbuf *out)
{
	const struct json *errors = json_member(answer, "errors");
	bool ends_search = false;

	for (size_t i = 0; i < json_count(errors); i++) {
		const char *message = json_text(json_member(json_at(errors, i), "message"));
		int64_t code = 0;

		if (!json_int(json_member(json_at(errors, i), "code"), &code) || !message)
			continue;
		strbuf_addf(out, "%scode %lld: %s", out->len ? ", " : "", (long long)code, message);
		for (size_t j = 0; j < ARRAY_LEN(known_errors); j++) {
			if (known_errors[j].code != code)
				continue;
			strbuf_addf(out, " (%s)", known_errors[j].remedy);
			ends_search |= known_errors[j].ends_search;
		}
	}
	return ends_search;
}

static void explain(const struct json *answer, struct strbuf *out)
{
	read_errors(answer, out);
}

/* True when a refusal says that a record exists: "The record already exists." and "An identical
 * record already exists." */
static bool says_exists(const struct json *answer)
{
	const struct json *errors = json_member(answer, "errors");
	bool exists = false;
	int64_t code;

	for (size_t i = 0; i < json_count(errors); i++)
		if (json_int(json_member(json_at(errors, i), "code"), &code))
			exists |= code == 81057 || code == 81058;
	return exists;
}

/* The id of the first of an answer's results, borrowed, or NULL. */
static const char *first_id(const struct dns_reply *reply)
{
	return json_text(json_member(json_at(json_member(reply->json, "result"), 0), "id"));
}

/* The id of the zone of that name, borrowed, or NULL. Several accounts may have one of the name, of
 * which the one that is "active" is served; the others wait for their delegation, or have lost it. */
static const char *zone_id(const struct json *zones, const char *name)
{
	const char *id = NULL;

	for (size_t i = 0; i < json_count(zones); i++) {
		const struct json *zone = json_at(zones, i);

		if (!str_eq_nocase(dns_answer_text(zone, "name"), name))
			continue;
		if (strcmp(dns_answer_text(zone, "status"), "active") == 0)
			return json_text(json_member(zone, "id"));
		if (!id)
			id = json_text(json_member(zone, "id"));
	}
	return id;
}

/* By name: a list of all zones is refused to tokens that are limited to one zone. The least for
 * "per_page" is 5, so it is left out. */
static int find_zone(struct dns_session *session, const char *name, char **ret_id,
		     struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(strbuf) struct strbuf ignored = STRBUF_INIT;
	AUTO_FREE char *url = xasprintf("/zones?name=%s", name);
	const struct dns_call call = {.what = "look up the zone",
				      .method = HTTP_GET,
				      .url = url,
				      .accept = {400, 403, 404}};

	if (dns_call(session, &call, &reply, err) < 0)
		return err->code;
	if (reply.status >= 400) {
		dns_refuse(session, &call, &reply, err);
		if (read_errors(reply.json, &ignored))
			return err->code;
		return error_recode(err, ERR_REFUSED);
	}
	*ret_id = xstrdup_or_null(zone_id(json_member(reply.json, "result"), name));
	return *ret_id ? 0 : error_set(err, ERR_NOT_FOUND, "no zone '%s'", name);
}

/* Gives the record of the batch that is this one its id. */
static void take_id(void *context, const struct json *item)
{
	const struct dns_batch *batch = context;
	const char *id = json_text(json_member(item, "id"));
	const char *name = dns_answer_text(item, "name");
	AUTO_FREE char *value = dns_unquote(dns_answer_text(item, "content"));

	for (size_t i = 0; id && i < batch->record_count; i++)
		if (strcmp(batch->records[i]->name, name) == 0 &&
		    strcmp(batch->records[i]->value, value) == 0)
			REPLACE(batch->records[i]->id, xstrdup(id));
}

static char *next_page(const struct dns_reply *page, const char *url)
{
	return dns_next_page(json_member(page->json, "result_info"), "page", "total_pages", url);
}

/* Looks records up among all TXT records of the zone. */
static int find_among_all(struct dns_session *session, const struct dns_batch *batch,
			  struct error *err)
{
	AUTO_FREE char *url = xasprintf("/zones/%s/dns_records?type=TXT&per_page=1000",
					batch->zone->id);
	const struct dns_listing listing = {
		.what = "list records", .url = url, .array = "result", .next = next_page};

	for (size_t i = 0; i < batch->record_count; i++)
		REPLACE(batch->records[i]->id, NULL);
	return dns_list(session, &listing, take_id, (void *)batch, err);
}

/* Looks records up by name and value: id NULL where there is none. */
static int find_records(struct dns_session *session, const struct dns_batch *batch,
			struct error *err)
{
	static const char search[] = "/zones/{zone_id}/dns_records?type=TXT&per_page=1"
				     "&name.exact={fqdn}&content.exact={id}";

	if (batch->record_count > MAX_LOOKUPS)
		return find_among_all(session, batch, err);
	for (size_t i = 0; i < batch->record_count; i++) {
		struct dns_record *record = batch->records[i];
		AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
		const struct dns_url_parts parts = {
			.zone = batch->zone, .name = record->name, .id = record->value};
		AUTO_FREE char *url = dns_url(search, &parts);
		const struct dns_call call = {
			.what = "find a record", .method = HTTP_GET, .url = url};

		if (dns_call(session, &call, &reply, err) < 0)
			return err->code;
		REPLACE(record->id, xstrdup_or_null(first_id(&reply)));
	}
	return 0;
}

static const struct dns_record_shape shape = {.name = "name", .value = "content", .ttl = "ttl"};

enum change {
	ADD_MISSING,  /* what has no id */
	REMOVE_KNOWN, /* what has one */
};

/* The list of changes of a batch request. */
static struct json *make_changes(const struct dns_batch *batch, enum change change, int ttl)
{
	struct json *list = json_array_new();

	for (size_t i = 0; i < batch->record_count; i++) {
		const struct dns_record *record = batch->records[i];
		struct json *item;

		if ((change == ADD_MISSING) == (record->id != NULL))
			continue;
		item = change == ADD_MISSING ? dns_record_object(&shape, batch->zone, record, ttl)
					     : json_object_new();
		if (change == REMOVE_KNOWN)
			json_set_string(item, "id", record->id);
		json_push(list, item);
	}
	return list;
}

/* Sends the changes, if there are any. `refused` is a status that the caller looks at, or 0. */
static int send_changes(struct dns_session *session, const struct dns_batch *batch,
			enum change change, int refused, struct dns_reply *ret_reply,
			struct error *err)
{
	AUTO(json) struct json *body = json_object_new();
	AUTO_FREE char *url = xasprintf("/zones/%s/dns_records/batch", batch->zone->id);
	const struct dns_call call = {.what = change == ADD_MISSING ? "add records"
								    : "remove records",
				      .method = HTTP_POST,
				      .url = url,
				      .json = body,
				      .accept = {refused}};
	struct json *list = make_changes(batch, change, session->provider->ttl);

	json_set(body, change == ADD_MISSING ? "posts" : "deletes", list);
	if (!json_count(list))
		return 0;
	if (dns_call(session, &call, ret_reply, err) < 0)
		return err->code;
	if (ret_reply->status == 400 && !says_exists(ret_reply->json))
		return dns_refuse(session, &call, ret_reply, err);
	return 0;
}

/* Notes the ids that the answer gives; what it leaves out is looked up when it is needed. */
static void take_ids(const struct dns_batch *batch, const struct json *answer)
{
	const struct json *posts = json_member(json_member(answer, "result"), "posts");

	for (size_t i = 0; i < json_count(posts); i++)
		take_id((void *)batch, json_at(posts, i));
}

/* A batch is refused as a whole when one record is there already: then only the others are sent. */
static int present(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;

	if (send_changes(session, batch, ADD_MISSING, 400, &reply, err) < 0)
		return err->code;
	if (reply.status == 400 && (find_records(session, batch, err) < 0 ||
				    send_changes(session, batch, ADD_MISSING, 0, &reply, err) < 0))
		return err->code;
	take_ids(batch, reply.json);
	return 0;
}

/* Ids from present are used once; where one is missing or refused, what is there is looked up. */
static int cleanup(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	bool known = true;

	for (size_t i = 0; i < batch->record_count; i++)
		known &= batch->records[i]->id != NULL;
	if (known) {
		if (send_changes(session, batch, REMOVE_KNOWN, 404, &reply, err) < 0)
			return err->code;
		if (reply.status != 404)
			return 0;
	}
	if (find_records(session, batch, err) < 0)
		return err->code;
	return send_changes(session, batch, REMOVE_KNOWN, 0, &reply, err);
}

static const struct plugin_manual manual_page = {
	.paragraphs =
		{"Either a token, or the e-mail address of the account with its global key. A "
		 "token is better: it can be limited to one zone."},
	.credentials = "dns_cloudflare_api_token = 0123456789abcdef0123456789abcdef01234567",
};

const struct dns_provider dns_cloudflare = {
	DNS_SERVICE("cloudflare", "Cloudflare", "10"),
	.plugin.manual = &manual_page,
	DNS_CREDENTIALS({"api_token", "an API token that may edit the zone's DNS", true},
			{"email", "the e-mail address of the Cloudflare account", true},
			{"api_key", "the global API key of the Cloudflare account", true}),
	.credentials_source = "dash.cloudflare.com, API tokens; Zone:DNS:Edit",
	.ttl = 120,
	.max_batch = 200, /* on the free plan; others have 3,500 */
	.base_url = "https://api.cloudflare.com/client/v4",
	.authorize = authorize,
	.explain = explain,
	.login_hint = "check the credentials file, and that the token may edit this zone",
	.open = open_session,
	.find_zone = find_zone,
	.present = present,
	.cleanup = cleanup,
};
