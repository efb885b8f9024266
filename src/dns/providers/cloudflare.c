/*
 * Cloudflare, API v4: all records of a zone in one batch request
 * (https://developers.cloudflare.com/api/resources/dns/subresources/records/methods/batch/).
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "codec/url.h"
#include "dns/api.h"
#include "dns/provider.h"

enum {
	/* Numbers of Cloudflare's errors. */
	CODE_BAD_HEADERS = 6003,
	CODE_BAD_EMAIL_OR_KEY = 9103,
	CODE_BAD_TOKEN = 9109,
	CODE_NOT_PERMITTED = 1009,
};

static const struct dns_credential credentials[] = {
	{"api_token", "an API token that may edit the zone's DNS", true},
	{"email", "the e-mail address of the Cloudflare account", true},
	{"api_key", "the global API key of the Cloudflare account", true},
};

static const struct option options[] = {
	DNS_OPTIONS("cloudflare", "cloudflare", "Cloudflare", "10"),
};

/* Either a token, or e-mail address and global key. */
static int open_session(struct dns_session *session, struct error *err)
{
	bool token = dns_credential(session, "api_token");
	bool email = dns_credential(session, "email"), key = dns_credential(session, "api_key");
	const char *fault = NULL;

	if (token && (email || key))
		fault = "dns_cloudflare_email and dns_cloudflare_api_key are not needed when "
			"dns_cloudflare_api_token is used";
	else if (!token && !email && !key)
		fault = "dns_cloudflare_api_token is needed";
	else if (!token && !email)
		fault = "dns_cloudflare_email is needed when dns_cloudflare_api_key is used";
	else if (!token && !key)
		fault = "dns_cloudflare_api_key is needed when dns_cloudflare_email is used";
	if (!fault)
		return 0;
	return error_set(err, ERR_CONFIG, "%s: %s", dns_credentials_path(session), fault);
}

static int authorize(struct dns_session *session, const struct dns_outgoing *request,
		     struct headers *headers, struct error *err)
{
	const char *token = dns_credential(session, "api_token");

	if (token) {
		dns_add_bearer(headers, token);
		return 0;
	}
	headers_add(headers, "X-Auth-Email", dns_credential(session, "email"));
	headers_add(headers, "X-Auth-Key", dns_credential(session, "api_key"));
	return 0;
}

/* What the person can do about an error of that number, or NULL. */
static const char *remedy_of(int64_t code)
{
	static const struct {
		int64_t code;
		const char *remedy;
	} remedies[] = {
		{CODE_BAD_HEADERS, "was the whole API token copied into the credentials file?"},
		{CODE_BAD_EMAIL_OR_KEY, "check dns_cloudflare_email and dns_cloudflare_api_key"},
		{CODE_BAD_TOKEN, "check dns_cloudflare_api_token"},
		{CODE_NOT_PERMITTED, "the API token needs the permission Zone:DNS:Edit"},
	};

	for (size_t i = 0; i < ARRAY_LEN(remedies); i++)
		if (remedies[i].code == code)
			return remedies[i].remedy;
	return NULL;
}

static void explain(const struct json *answer, struct strbuf *out)
{
	const struct json *errors = json_member(answer, "errors");

	for (size_t i = 0; i < json_count(errors); i++) {
		const struct json *item = json_at(errors, i);
		const char *message = json_text(json_member(item, "message"));
		int64_t code = 0;

		if (!json_int(json_member(item, "code"), &code) || !message)
			continue;
		strbuf_addf(out, "%scode %lld: %s", out->len ? ", " : "", (long long)code, message);
		if (remedy_of(code))
			strbuf_addf(out, " (%s)", remedy_of(code));
	}
}

/* The number of the first error of an answer, 0 when there is none. */
static int64_t error_code(const struct json *answer)
{
	int64_t code = 0;

	json_int(json_member(json_at(json_member(answer, "errors"), 0), "code"), &code);
	return code;
}

/* As Certbot: wrong credentials end the search; any other refusal may be about this one name, so
 * the parent is tried. */
static bool ends_search(int64_t code)
{
	return code == CODE_BAD_HEADERS || code == CODE_BAD_EMAIL_OR_KEY || code == CODE_BAD_TOKEN;
}

static int find_zone(struct dns_session *session, const char *name, char **ret_id,
		     struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO_FREE char *url = xasprintf("/zones?name=%s&per_page=1", name);
	const struct dns_call call = {.what = "look up the zone",
				      .method = HTTP_GET,
				      .url = url,
				      .accept = {400, 403, 404}};
	const char *id;

	if (dns_call(session, &call, &reply, err) < 0)
		return err->code;
	if (reply.status >= 400) {
		dns_refuse(session, &call, &reply, err);
		if (ends_search(error_code(reply.json)))
			return err->code;
		err->code = ERR_NOT_FOUND;
		return error_hint(err, "%s", err->text);
	}
	id = json_text(json_member(json_at(json_member(reply.json, "result"), 0), "id"));
	if (!id)
		return error_set(err, ERR_NOT_FOUND, "no zone '%s'", name);
	*ret_id = xstrdup(id);
	return 0;
}

static struct json *new_record(const struct dns_record *record, int ttl)
{
	struct json *object = json_object_new();

	json_set_string(object, "type", "TXT");
	json_set_string(object, "name", record->name);
	json_set_string(object, "content", record->value);
	json_set_int(object, "ttl", ttl);
	return object;
}

/* Looks a record up by name and value; *ret_id is NULL when there is none. */
static int find_record(struct dns_session *session, const struct dns_zone *zone,
		       const struct dns_record *record, char **ret_id, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(strbuf) struct strbuf url = STRBUF_INIT;
	struct dns_call call = {.what = "find a record", .method = HTTP_GET};
	const char *id;

	strbuf_addf(&url, "/zones/%s/dns_records?type=TXT&name.exact=", zone->id);
	url_add_escaped(&url, record->name);
	strbuf_adds(&url, "&content.exact=");
	url_add_escaped(&url, record->value);
	strbuf_adds(&url, "&per_page=1");
	call.url = url.text;
	if (dns_call(session, &call, &reply, err) < 0)
		return err->code;
	id = json_text(json_member(json_at(json_member(reply.json, "result"), 0), "id"));
	*ret_id = xstrdup_or_null(id);
	return 0;
}

/* Asks for the id of every record of the batch, whatever was known. */
static int find_records(struct dns_session *session, const struct dns_batch *batch,
			struct error *err)
{
	for (size_t i = 0; i < batch->record_count; i++) {
		char *id = NULL;

		if (find_record(session, batch->zone, batch->records[i], &id, err) < 0)
			return err->code;
		REPLACE(batch->records[i]->id, id);
	}
	return 0;
}

/* Sends one list of changes, if it has any. `refused` is a status that the caller looks at. */
static int send_changes(struct dns_session *session, const struct dns_batch *batch,
			const char *list, struct json *own_changes, int refused,
			struct dns_reply *ret_reply, struct error *err)
{
	AUTO(json) struct json *body = json_object_new();
	AUTO_FREE char *url = xasprintf("/zones/%s/dns_records/batch", batch->zone->id);
	const struct dns_call call = {
		.what = strcmp(list, "posts") == 0 ? "add records" : "remove records",
		.method = HTTP_POST,
		.url = url,
		.json = body,
		.accept = {refused},
	};
	size_t count = json_count(own_changes);

	json_set(body, list, own_changes);
	if (!count)
		return 0;
	return dns_call(session, &call, ret_reply, err);
}

/* Sends what has no id yet as new records. */
static int add_missing(struct dns_session *session, const struct dns_batch *batch, int refused,
		       struct dns_reply *ret_reply, struct error *err)
{
	struct json *posts = json_array_new();

	for (size_t i = 0; i < batch->record_count; i++)
		if (!batch->records[i]->id)
			json_push(posts, new_record(batch->records[i], session->provider->ttl));
	return send_changes(session, batch, "posts", posts, refused, ret_reply, err);
}

/* Notes the ids that the answer gives; what it leaves out is looked up when it is needed. */
static void take_ids(const struct dns_batch *batch, const struct json *answer)
{
	const struct json *posts = json_member(json_member(answer, "result"), "posts");

	for (size_t i = 0; i < json_count(posts); i++) {
		const struct json *post = json_at(posts, i);
		const char *id = json_text(json_member(post, "id"));
		const char *content = json_text(json_member(post, "content"));
		AUTO_FREE char *value = content ? dns_unquote(content) : NULL;

		for (size_t j = 0; id && value && j < batch->record_count; j++)
			if (strcmp(batch->records[j]->value, value) == 0)
				REPLACE(batch->records[j]->id, xstrdup(id));
	}
}

/* A batch is refused as a whole when one record is there already: then only the others are sent. */
static int present(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;

	if (add_missing(session, batch, 400, &reply, err) < 0)
		return err->code;
	if (reply.status == 400 && (find_records(session, batch, err) < 0 ||
				    add_missing(session, batch, 0, &reply, err) < 0))
		return err->code;
	take_ids(batch, reply.json);
	return 0;
}

static int remove_known(struct dns_session *session, const struct dns_batch *batch, int refused,
			struct dns_reply *ret_reply, struct error *err)
{
	struct json *deletes = json_array_new();

	for (size_t i = 0; i < batch->record_count; i++) {
		struct json *item;

		if (!batch->records[i]->id)
			continue;
		item = json_object_new();
		json_set_string(item, "id", batch->records[i]->id);
		json_push(deletes, item);
	}
	return send_changes(session, batch, "deletes", deletes, refused, ret_reply, err);
}

static bool all_have_ids(const struct dns_batch *batch)
{
	for (size_t i = 0; i < batch->record_count; i++)
		if (!batch->records[i]->id)
			return false;
	return true;
}

/* Ids from present are used once; where one is missing or refused, what is there is looked up. */
static int cleanup(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;

	if (all_have_ids(batch)) {
		if (remove_known(session, batch, 404, &reply, err) < 0)
			return err->code;
		if (reply.status != 404)
			return 0;
	}
	if (find_records(session, batch, err) < 0)
		return err->code;
	return remove_known(session, batch, 0, &reply, err);
}

const struct dns_provider dns_cloudflare = {
	.plugin = DNS_PLUGIN("cloudflare",
			     "Obtain certificates using a DNS TXT record (if you are "
			     "using Cloudflare for DNS).",
			     options),
	.title = "Cloudflare",
	.ttl = 120,
	.credentials = credentials,
	.credential_count = ARRAY_LEN(credentials),
	.base_url = "https://api.cloudflare.com/client/v4",
	.authorize = authorize,
	.explain = explain,
	.login_hint = "check the credentials file, and that the token may edit this zone",
	.open = open_session,
	.find_zone = find_zone,
	.present = present,
	.cleanup = cleanup,
};
