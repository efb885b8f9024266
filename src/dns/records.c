/*
 * One record per value (see records.h): list what is there, post what is missing, remove what is
 * ours.
 */
#include "dns/records.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/json.h"
#include "dns/answer.h"
#include "dns/api.h"

static const char *type_of(const struct dns_record_shape *shape)
{
	return shape->type ? shape->type : "type";
}

struct json *dns_record_object(const struct dns_record_shape *shape, const struct dns_zone *zone,
			       const struct dns_record *record, int ttl)
{
	AUTO_FREE char *name = shape->apex
				       ? dns_relative(record->name, zone, shape->apex)
				       : xasprintf("%s%s", record->name, shape->has_dot ? "." : "");
	AUTO_FREE char *value = shape->is_quoted ? dns_quote(record->value)
						 : xstrdup(record->value);
	struct json *object = json_object_new();

	json_set_string(object, type_of(shape), "TXT");
	json_set_string(object, shape->name, name);
	json_set_string(object, shape->value, value);
	if (shape->ttl)
		json_set_int(object, shape->ttl, ttl);
	return object;
}

void dns_found_release(struct dns_found *found)
{
	strvec_release(&found->keys);
	strvec_release(&found->ids);
}

/* Names have no blanks, so the key is unambiguous. */
static char *key_of(const char *name, const char *value)
{
	return xasprintf("%s %s", name, value);
}

static bool is_wanted(const struct dns_batch *batch, const char *name, const char *value)
{
	for (size_t i = 0; i < batch->record_count; i++)
		if (strcmp(batch->records[i]->name, name) == 0 &&
		    strcmp(batch->records[i]->value, value) == 0)
			return true;
	return false;
}

void dns_found_add(struct dns_found *found, const char *name, const char *value, const char *id)
{
	AUTO_FREE char *absolute = dns_absolute(name, found->batch->zone);
	AUTO_FREE char *plain = dns_unquote(value);

	if (!is_wanted(found->batch, absolute, plain))
		return;
	strvec_give(&found->keys, key_of(absolute, plain));
	if (id)
		strvec_push_unique(&found->ids, id);
}

bool dns_found_has(const struct dns_found *found, const struct dns_record *record)
{
	AUTO_FREE char *key = key_of(record->name, record->value);

	return strvec_contains(&found->keys, key);
}

void dns_found_add_json(struct dns_found *found, const struct json *object,
			const struct dns_record_shape *shape)
{
	const char *type = json_text(json_member(object, type_of(shape)));
	AUTO_FREE char *id = dns_answer_id(object, shape->id ? shape->id : "id");

	if (!type || str_eq_nocase(type, "TXT"))
		dns_found_add(found, dns_answer_text(object, shape->name),
			      dns_answer_text(object, shape->value), id);
}

struct record_walk {
	struct dns_found *found;
	const struct dns_record_shape *shape;
};

static void take_record(void *context, const struct json *item)
{
	const struct record_walk *walk = context;

	dns_found_add_json(walk->found, item, walk->shape);
}

int dns_list_records(struct dns_session *session, struct dns_found *found, struct error *err)
{
	const struct dns_record_calls *calls = session->provider->record_calls;
	const struct dns_batch *batch = found->batch;
	bool by_name = calls->list_name && batch->set_count == 1;
	const struct dns_url_parts parts = {.zone = batch->zone,
					    .name = by_name ? batch->sets[0].name : NULL,
					    .apex = calls->shape.apex};
	struct record_walk walk = {found, &calls->shape};
	AUTO_FREE char *url = NULL;
	struct dns_listing listing = {
		.what = "list records", .array = calls->array, .next = calls->next};

	if (calls->list)
		return calls->list(session, found, err);
	url = dns_url(by_name ? calls->list_name : calls->list_zone, &parts);
	listing.url = url;
	return dns_list(session, &listing, take_record, &walk, err);
}

static int add_record(struct dns_session *session, const struct dns_zone *zone,
		      const struct dns_record *record, struct error *err)
{
	const struct dns_record_calls *calls = session->provider->record_calls;
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	const struct dns_url_parts parts = {.zone = zone, .name = record->name};
	AUTO(json) struct json *body = dns_record_object(&calls->shape, zone, record,
							 session->provider->ttl);
	AUTO_FREE char *url = dns_url(calls->new_url, &parts);
	/* Arriving twice makes two records, and cleanup removes all that it finds. */
	const struct dns_call call = {.what = "add a record",
				      .method = HTTP_POST,
				      .url = url,
				      .json = body,
				      .flags = DNS_CALL_REPEATABLE};

	return dns_call(session, &call, &reply, err);
}

static int remove_record(struct dns_session *session, const struct dns_zone *zone, const char *id,
			 struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	const struct dns_url_parts parts = {.zone = zone, .id = id};
	AUTO_FREE char *url = dns_url(session->provider->record_calls->url, &parts);
	const struct dns_call call = {.what = "remove a record",
				      .method = HTTP_DELETE,
				      .url = url,
				      .accept = {404},
				      .flags = DNS_CALL_NO_ANSWER};

	return dns_call(session, &call, &reply, err);
}

static int finish(struct dns_session *session, const struct dns_zone *zone, struct error *err)
{
	const struct dns_record_calls *calls = session->provider->record_calls;

	return calls->finish ? calls->finish(session, zone, err) : 0;
}

int dns_present_records(struct dns_session *session, const struct dns_batch *batch,
			struct error *err)
{
	AUTO(dns_found) struct dns_found found = DNS_FOUND_INIT(batch);

	if (dns_list_records(session, &found, err) < 0)
		return err->code;
	for (size_t i = 0; i < batch->record_count; i++)
		if (!dns_found_has(&found, batch->records[i]) &&
		    add_record(session, batch->zone, batch->records[i], err) < 0)
			return err->code;
	return finish(session, batch->zone, err);
}

int dns_cleanup_records(struct dns_session *session, const struct dns_batch *batch,
			struct error *err)
{
	AUTO(dns_found) struct dns_found found = DNS_FOUND_INIT(batch);

	if (dns_list_records(session, &found, err) < 0)
		return err->code;
	for (size_t i = 0; i < found.ids.count; i++)
		if (remove_record(session, batch->zone, found.ids.items[i], err) < 0)
			return err->code;
	return finish(session, batch->zone, err);
}
