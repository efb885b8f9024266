/*
 * NS1, API v1 (https://ns1.com/api): a record holds all values ("answers") of a name and type. It
 * is created by PUT, replaced by POST; answers that are not ours are written back unchanged, with
 * all their settings.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"

static char *url_of(const struct dns_zone *zone, const char *name)
{
	return xasprintf("/zones/%s/%s/TXT", zone->name, name);
}

/* The record of a name; its JSON is NULL when there is none. */
static int read_record(struct dns_session *session, const struct dns_zone *zone, const char *name,
		       struct dns_reply *ret_reply, struct error *err)
{
	AUTO_FREE char *url = url_of(zone, name);
	const struct dns_call call = {
		.what = "read a record", .method = HTTP_GET, .url = url, .accept = {404}};
	struct json *answers = NULL;

	if (dns_call(session, &call, ret_reply, err) < 0)
		return err->code;
	if (ret_reply->status != 404)
		return dns_answer_array(session, call.what, ret_reply, "answers", &answers, err);
	json_free(ret_reply->json);
	ret_reply->json = NULL;
	return 0;
}

/* {"answer": ["value"]}; long texts come as several strings. Heap. */
static char *value_of(const struct json *item)
{
	const struct json *parts = json_member(item, "answer");
	AUTO(strbuf) struct strbuf value = STRBUF_INIT;

	for (size_t i = 0; parts && i < json_count(parts); i++) {
		const char *part = json_text(json_at(parts, i));
		AUTO_FREE char *plain = dns_unquote(part ? part : "");

		strbuf_adds(&value, plain);
	}
	return strbuf_detach(&value);
}

static bool answers_have(const struct json *answers, const char *value)
{
	for (size_t i = 0; i < json_count(answers); i++) {
		AUTO_FREE char *there = value_of(json_at(answers, i));

		if (strcmp(there, value) == 0)
			return true;
	}
	return false;
}

/* Puts the values of the set into the answers; true when that adds any. */
static bool merge(const struct dns_set *set, struct json *answers)
{
	bool added = false;

	for (size_t i = 0; i < set->count; i++) {
		const char *value = set->records[i]->value;
		struct json *item, *parts;

		if (answers_have(answers, value))
			continue;
		item = json_object_new();
		parts = json_array_new();
		json_push_string(parts, value);
		json_set(item, "answer", parts);
		json_push(answers, item);
		added = true;
	}
	return added;
}

/* Takes the values of the set out; true when any was there. */
static bool subtract(const struct dns_set *set, struct json *answers)
{
	bool removed = false;

	for (size_t i = json_count(answers); i-- > 0;) {
		AUTO_FREE char *there = value_of(json_at(answers, i));

		if (!dns_set_has(set, there))
			continue;
		json_remove_at(answers, i);
		removed = true;
	}
	return removed;
}

static int send_record(struct dns_session *session, const struct dns_zone *zone, const char *name,
		       struct dns_call *call, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO_FREE char *url = url_of(zone, name);

	call->url = url;
	return dns_call(session, call, &reply, err);
}

static int create_set(struct dns_session *session, const struct dns_zone *zone,
		      const struct dns_set *set, struct error *err)
{
	AUTO(json) struct json *body = json_object_new();
	struct json *answers = json_array_new();
	struct dns_call call = {.what = "add a record", .method = HTTP_PUT, .json = body};

	merge(set, answers);
	json_set_string(body, "zone", zone->name);
	json_set_string(body, "domain", set->name);
	json_set_string(body, "type", "TXT");
	json_set_int(body, "ttl", session->provider->ttl);
	json_set(body, "answers", answers);
	return send_record(session, zone, set->name, &call, err);
}

/* Writes the answers of a record that was read back, or removes it when none are left. */
static int replace(struct dns_session *session, const struct dns_zone *zone, const char *name,
		   struct json *record, struct error *err)
{
	struct dns_call change = {.what = "change a record",
				  .method = HTTP_POST,
				  .json = record,
				  .flags = DNS_CALL_REPEATABLE};
	struct dns_call removal = {.what = "remove a record",
				   .method = HTTP_DELETE,
				   .accept = {404},
				   .flags = DNS_CALL_NO_ANSWER};

	if (!json_count(json_member(record, "answers")))
		return send_record(session, zone, name, &removal, err);
	dns_keep_member(record, "answers");
	return send_record(session, zone, name, &change, err);
}

/* A record that cannot be created may exist by now, made by an earlier attempt whose
 * answer got lost or by somebody else. */
static int put_in(struct dns_session *session, const struct dns_zone *zone,
		  const struct dns_set *set, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(error) struct error refusal = ERROR_INIT;

	if (read_record(session, zone, set->name, &reply, err) < 0)
		return err->code;
	if (!reply.json) {
		if (create_set(session, zone, set, &refusal) == 0)
			return 0;
		if (refusal.code == ERR_PLUGIN &&
		    read_record(session, zone, set->name, &reply, err) < 0)
			return err->code;
		if (!reply.json)
			return error_move(err, &refusal);
	}
	if (!merge(set, json_member(reply.json, "answers")))
		return 0;
	return replace(session, zone, set->name, reply.json, err);
}

static int present(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	for (size_t i = 0; i < batch->set_count; i++)
		if (put_in(session, batch->zone, &batch->sets[i], err) < 0)
			return err->code;
	return 0;
}

static int cleanup(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	for (size_t i = 0; i < batch->set_count; i++) {
		const struct dns_set *set = &batch->sets[i];
		AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;

		if (read_record(session, batch->zone, set->name, &reply, err) < 0)
			return err->code;
		if (reply.json && subtract(set, json_member(reply.json, "answers")) &&
		    replace(session, batch->zone, set->name, reply.json, err) < 0)
			return err->code;
	}
	return 0;
}

const struct dns_provider dns_nsone = {
	DNS_SERVICE("nsone", "NS1", "30"),
	DNS_CREDENTIALS({"api_key",
			 "API key for NS1 API, obtained from "
			 "https://my.nsone.net/#/account/settings",
			 false}),
	.credentials_source = "my.nsone.net, account settings",
	.ttl = 60,
	.base_url = "https://api.nsone.net/v1",
	.authorize = dns_authorize_token,
	.token_field = "X-NSONE-Key",
	.error_shape = {.message = "message"},
	.login_hint = "check dns_nsone_api_key",
	/* 400: what cannot be a zone, such as a top-level domain. */
	.zone_calls = &(const struct dns_zone_calls){.url = "/zones/{zone}?records=false",
						     .none = 400},
	.find_zone = dns_find_zone_at,
	.present = present,
	.cleanup = cleanup,
};
