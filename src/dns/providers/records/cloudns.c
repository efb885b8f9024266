/*
 * ClouDNS (https://www.cloudns.net/wiki/article/41/, adding: /article/58/): one record per value, one
 * form per record. Answers have status 200; refusals say "Failed". Only accounts that pay have the
 * API.
 */
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"
#include "dns/api/records.h"

static const char *const users[][2] = {
	/* field of the forms, credential */
	{"auth-id", "auth_id"},
	{"sub-auth-id", "sub_auth_id"},
	{"sub-auth-user", "sub_auth_user"},
};

static int open_session(struct dns_session *session, struct error *err)
{
	size_t given = 0;

	for (size_t i = 0; i < ARRAY_LEN(users); i++)
		given += dns_credential(session, users[i][1]) != NULL;
	if (given == 1)
		return 0;
	return error_set(err, ERR_CONFIG,
			 "%s: one of dns_cloudns_auth_id, dns_cloudns_sub_auth_id and "
			 "dns_cloudns_sub_auth_user is needed",
			 dns_credentials_path(session));
}

/* {"status": "Failed", "statusDescription": "..."}; the descriptions of a missing zone and of wrong
 * credentials stand in articles 134 and 41. */
static enum dns_verdict judge(const struct dns_reply *reply)
{
	static const struct dns_reason reasons[] = {
		{"Missing domain-name", DNS_UNKNOWN},
		{"Invalid record-id", DNS_UNKNOWN},
		{"Invalid authentication", DNS_DENIED},
		{"requests per second", DNS_SLOW_DOWN},
	};

	if (strcmp(dns_answer_text(reply->json, "status"), "Failed") != 0)
		return DNS_AS_STATUS;
	return dns_judge_words(dns_answer_text(reply->json, "statusDescription"), reasons,
			       ARRAY_LEN(reasons));
}

static void explain(const struct json *answer, struct strbuf *out)
{
	strbuf_adds(out, dns_answer_text(answer, "statusDescription"));
}

/* Posts the members of the object (NULL: none) as a form. */
static int post_form(struct dns_session *session, struct dns_call call, const struct dns_zone *zone,
		     const struct json *object, struct dns_reply *ret_reply, struct error *err)
{
	AUTO(strbuf) struct strbuf form = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_LEN(users); i++)
		dns_add_field(&form, users[i][0], dns_credential(session, users[i][1]));
	dns_add_field(&form, "auth-password", dns_credential(session, "auth_password"));
	dns_add_field(&form, "domain-name", zone->name);
	dns_add_members(&form, object);
	call.flags = DNS_CALL_REPEATABLE;
	return dns_post_form(session, call, &form, ret_reply, err);
}

static int find_zone(struct dns_session *session, const char *name, char **ret_id,
		     struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO_FREE char *copy = xstrdup(name);
	const struct dns_zone zone = {.name = copy};
	const struct dns_call call = {.what = "look up the zone", .url = "/get-zone-info.json"};

	return post_form(session, call, &zone, NULL, &reply, err);
}

static const struct dns_record_calls record_calls;

/* Records are members of an object, by their ids; without any it is an empty array. */
static int list_records(struct dns_session *session, struct dns_found *found, struct error *err)
{
	const struct dns_batch *batch = found->batch;
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *filter = json_object_new();
	AUTO_FREE char *host = dns_relative(batch->sets[0].name, batch->zone, "");
	const struct dns_call call = {.what = "list records", .url = "/records.json"};

	json_set_string(filter, "type", "TXT");
	if (batch->set_count == 1)
		json_set_string(filter, "host", host);
	if (post_form(session, call, batch->zone, filter, &reply, err) < 0)
		return err->code;
	dns_found_add_all(found, reply.json, &record_calls.shape);
	return 0;
}

static int add_record(struct dns_session *session, const struct dns_zone *zone, struct json *object,
		      struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	const struct dns_call call = {.what = "add a record", .url = "/add-record.json"};

	/* The one name that differs from that in lists. */
	json_remove(object, "type");
	json_set_string(object, "record-type", "TXT");
	return post_form(session, call, zone, object, &reply, err);
}

static int remove_record(struct dns_session *session, const struct dns_zone *zone, const char *id,
			 struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *object = json_object_new();
	const struct dns_call call = {.what = "remove a record", .url = "/delete-record.json"};

	json_set_string(object, "record-id", id);
	return post_form(session, call, zone, object, &reply, err);
}

static const struct dns_record_calls record_calls = {
	.shape = {.name = "host", .value = "record", .ttl = "ttl", .apex = ""},
	.list = list_records,
	.add = add_record,
	.remove = remove_record,
};

const struct dns_provider dns_cloudns = {
	DNS_SERVICE("cloudns", "ClouDNS", "180"),
	DNS_CREDENTIALS({"auth_id", "ID of the API user", true, true},
			{"sub_auth_id", "ID of an API sub-user, instead", true, true},
			{"sub_auth_user", "name of an API sub-user, instead", true, true},
			{"auth_password", "password of the API user"}),
	.credentials_source = "cloudns.net/api-settings; for accounts that pay",
	.ttl = 60, /* one of those that are allowed */
	.base_url = "https://api.cloudns.net/dns",
	.explain = explain,
	.judge = judge,
	.login_hint =
		"check dns_cloudns_auth_password and the user that it belongs to, and that this "
		"machine's address is allowed; free accounts have no API",
	.open = open_session,
	.find_zone = find_zone,
	.record_calls = &record_calls,
	.present = dns_present_records,
	.cleanup = dns_cleanup_records,
};
