/*
 * One record per value (see records.h): lists the existing records, adds those that are missing,
 * and removes ours. A cleanup lists them again, because other programs may have changed them.
 */
#include "dns/api/records.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"

static const char *type_of(const struct dns_record_shape *shape)
{
	return shape->type ? shape->type : "type";
}

/* Some APIs want a TTL as a string. */
static struct json *number_as_text(int number)
{
	AUTO_FREE char *text = xasprintf("%d", number);

	return json_string_new(text);
}

char *dns_record_name(const struct dns_record_shape *shape, const struct dns_zone *zone,
		      const char *name)
{
	return shape->apex ? dns_relative(name, zone, shape->apex)
			   : xasprintf("%s%s", name, shape->has_dot ? "." : "");
}

static struct json *new_value(const struct dns_record_shape *shape, const char *value)
{
	struct json *strings;

	if (!shape->value_is_array)
		return json_string_new(value);
	strings = json_array_new();
	json_push_string(strings, value);
	return strings;
}

/* One function for all shapes, so that a provider describes its records in its row and needs no
 * code. */
struct json *dns_record_object(const struct dns_record_shape *shape, const struct dns_zone *zone,
			       const struct dns_record *record, int ttl)
{
	AUTO_FREE char *name = dns_record_name(shape, zone, record->name);
	AUTO_FREE char *value = shape->is_quoted ? dns_quote(record->value)
						 : xstrdup(record->value);
	struct json *object = json_object_new();

	if (shape->type_number)
		json_set_int(object, type_of(shape), shape->type_number);
	else
		json_set_string(object, type_of(shape), "TXT");
	json_set_string(object, shape->name, name);
	json_set(object, shape->value, new_value(shape, value));
	if (shape->ttl && shape->ttl_is_text)
		json_set(object, shape->ttl, number_as_text(ttl));
	else if (shape->ttl)
		json_set_int(object, shape->ttl, ttl);
	if (shape->extra[0])
		json_set_string(object, shape->extra[0], shape->extra[1]);
	return object;
}

void dns_found_release(struct dns_found *found)
{
	strvec_release(&found->keys);
	strvec_release(&found->ids);
	free(found->version);
}

/* Names have no blanks, so the key is unambiguous. */
static char *key_of(const char *name, const char *value)
{
	return xasprintf("%s %s", name, value);
}

/* Compared as text: dns_absolute() has given names their one form. */
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

	/* Values of other programs under the same name are left alone. */
	if (!is_wanted(found->batch, absolute, plain))
		return;
	strvec_give(&found->keys, key_of(absolute, plain));
	if (id)
		strvec_push_unique(&found->ids, id);
}

/* A record may exist before it is added: another run, or one that was killed, may have left it. */
bool dns_found_has(const struct dns_found *found, const struct dns_record *record)
{
	AUTO_FREE char *key = key_of(record->name, record->value);

	return strvec_contains(&found->keys, key);
}

static bool is_txt(const struct json *object, const struct dns_record_shape *shape)
{
	const struct json *type = json_member(object, type_of(shape));
	int64_t number;

	if (shape->type_number)
		return json_int(type, &number) && number == shape->type_number;
	/* If records have no type, the list was of TXT records only. */
	return !json_text(type) || str_eq_nocase(json_text(type), "TXT");
}

/* An API whose records have no ids deletes by contents, so the whole object serves as the id. */
static char *id_of(const struct json *object, const struct dns_record_shape *shape)
{
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	if (!shape->has_no_id)
		return dns_answer_id(object, shape->id ? shape->id : "id");
	json_print(object, JSON_COMPACT, &text);
	return strbuf_detach(&text);
}

struct json *dns_record_of_id(const char *id)
{
	AUTO(error) struct error ignored = ERROR_INIT;
	struct json *object = NULL;

	if (json_parse(id, strlen(id), "record", &object, &ignored) < 0)
		BUG("an id that is not a record");
	return object;
}

void dns_found_add_json(struct dns_found *found, const struct json *object,
			const struct dns_record_shape *shape)
{
	AUTO_FREE char *id = id_of(object, shape);

	if (is_txt(object, shape))
		dns_found_add(found, dns_answer_text(object, shape->name),
			      dns_answer_text(object, shape->value), id);
}

void dns_found_add_all(struct dns_found *found, const struct json *objects,
		       const struct dns_record_shape *shape)
{
	for (size_t i = 0; i < json_count(objects); i++)
		dns_found_add_json(found,
				   json_is_array(objects)
					   ? json_at(objects, i)
					   : json_member(objects, json_member_name(objects, i)),
				   shape);
}

struct record_walk {
	struct dns_found *found;
	const struct dns_record_shape *shape;
	void (*take)(struct dns_found *found, const struct json *item); /* or NULL */
};

static void take_record(void *context, const struct json *item)
{
	const struct record_walk *walk = context;

	if (walk->take)
		walk->take(walk->found, item);
	else
		dns_found_add_json(walk->found, item, walk->shape);
}

/* Lists the records of a name, or of the whole zone if that is NULL. */
static int list_one(struct dns_session *session, struct dns_found *found, const char *name,
		    struct error *err)
{
	const struct dns_record_calls *calls = session->provider->record_calls;
	const struct dns_url_parts parts = {
		.zone = found->batch->zone, .name = name, .apex = calls->shape.apex};
	struct record_walk walk = {found, &calls->shape, calls->take};
	AUTO_FREE char *url = dns_url(name ? calls->list_name : calls->list_zone, &parts);
	const struct dns_listing listing = {.what = "list records",
					    .url = url,
					    .array = calls->array,
					    .next = calls->next,
					    .total = calls->total,
					    .flags = calls->list_flags,
					    .may_be_missing = !calls->list_zone};

	return dns_list(session, &listing, take_record, &walk, err);
}

/* Lists the records of the batch's names: for a single name only that name, for several the whole
 * zone if the API can list it, since one call is cheaper than many. */
static int list_found(struct dns_session *session, struct dns_found *found, struct error *err)
{
	const struct dns_record_calls *calls = session->provider->record_calls;
	const struct dns_batch *batch = found->batch;

	if (calls->list)
		return calls->list(session, found, err);
	if (!calls->list_name || (batch->set_count > 1 && calls->list_zone))
		return list_one(session, found, NULL, err);
	for (size_t i = 0; i < batch->set_count; i++)
		if (list_one(session, found, batch->sets[i].name, err) < 0)
			return err->code;
	return 0;
}

static struct json *new_object(const struct dns_session *session, const struct dns_zone *zone,
			       const struct dns_record *record)
{
	const struct dns_record_calls *calls = session->provider->record_calls;

	if (calls->object)
		return calls->object(session, zone, record);
	return dns_record_object(calls->new_shape ? calls->new_shape : &calls->shape, zone, record,
				 session->provider->ttl);
}

/* For APIs that take all records of a zone in one call. */
struct json *dns_pick_records(const struct dns_session *session, const struct dns_found *found,
			      bool that_are_there)
{
	const struct dns_batch *batch = found->batch;
	struct json *records = json_array_new();

	for (size_t i = 0; i < batch->record_count; i++)
		if (dns_found_has(found, batch->records[i]) == that_are_there)
			json_push(records, new_object(session, batch->zone, batch->records[i]));
	return records;
}

/* Returns a request about a record, which it borrows. The caller frees it. */
static struct json *wrap_object(const struct dns_record_calls *calls, struct json *object)
{
	struct json *wrapped;

	if (!calls->wrapper || !object)
		return json_share(object);
	wrapped = json_object_new();
	json_set(wrapped, calls->wrapper, json_share(object));
	return wrapped;
}

static int add_object(struct dns_session *session, const struct dns_zone *zone, struct json *object,
		      struct error *err)
{
	const struct dns_record_calls *calls = session->provider->record_calls;
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	const struct dns_url_parts parts = {.zone = zone};
	AUTO_FREE char *url = calls->add ? NULL : dns_url(calls->new_url, &parts);
	AUTO(json) struct json *request = wrap_object(calls, object);
	/* Arriving twice makes two records, and cleanup removes all that it finds. */
	const struct dns_call call = {.what = "add a record",
				      .method = calls->new_by_put ? HTTP_PUT : HTTP_POST,
				      .url = url,
				      .json = request,
				      .flags = DNS_CALL_REPEATABLE};
	int rc = calls->add ? calls->add(session, zone, object, err)
			    : dns_call(session, &call, &reply, err);

	/* Another run added it since the list was read. */
	if (rc != ERR_EXISTS)
		return rc;
	error_release(err);
	return 0;
}

static int remove_record(struct dns_session *session, const struct dns_zone *zone, const char *id,
			 struct error *err)
{
	const struct dns_record_calls *calls = session->provider->record_calls;
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	const struct dns_url_parts parts = {.zone = zone, .id = id};
	const char *template = calls->remove_by_contents ? calls->new_url : calls->url;
	AUTO_FREE char *url = calls->remove ? NULL : dns_url(template, &parts);
	AUTO(json) struct json *record = calls->remove_by_contents ? dns_record_of_id(id) : NULL;
	AUTO(json) struct json *request = wrap_object(calls, record);
	const struct dns_call call = {.what = "remove a record",
				      .method = calls->remove_by_post ? HTTP_POST : HTTP_DELETE,
				      .url = url,
				      .json = request,
				      .accept = {404},
				      .flags = DNS_CALL_NO_ANSWER | DNS_CALL_REPEATABLE};
	int rc = calls->remove ? calls->remove(session, zone, id, err)
			       : dns_call(session, &call, &reply, err);

	/* Another program removed it since the list was read. */
	if (rc != ERR_NOT_FOUND)
		return rc;
	error_release(err);
	return 0;
}

/* Adds the missing records, in one call if the API can do that; makes no call if there are none. */
static int add_missing(struct dns_session *session, const struct dns_found *found,
		       struct json *missing, struct error *err)
{
	const struct dns_record_calls *calls = session->provider->record_calls;
	const struct dns_zone *zone = found->batch->zone;

	if (calls->edit && json_count(missing))
		return calls->edit(session, found, missing, false, err);
	if (calls->change_all && json_count(missing))
		return calls->change_all(session, zone, missing, false, err);
	if (calls->add_all && json_count(missing))
		return calls->add_all(session, zone, missing, err);
	for (size_t i = 0; i < json_count(missing); i++)
		if (add_object(session, zone, json_at(missing, i), err) < 0)
			return err->code;
	return 0;
}

/* Removes the records that were found, in the same ways. */
static int remove_found(struct dns_session *session, const struct dns_found *found,
			struct error *err)
{
	const struct dns_record_calls *calls = session->provider->record_calls;
	const struct dns_zone *zone = found->batch->zone;
	AUTO(json) struct json *ids = NULL, *objects = NULL;

	if (calls->edit && found->ids.count) {
		ids = json_strings_new(&found->ids);
		return calls->edit(session, found, ids, true, err);
	}
	if (calls->remove_all && found->keys.count)
		return calls->remove_all(session, found, err);
	if (!calls->change_all) {
		for (size_t i = 0; i < found->ids.count; i++)
			if (remove_record(session, zone, found->ids.items[i], err) < 0)
				return err->code;
		return 0;
	}
	objects = json_array_new();
	for (size_t i = 0; i < found->ids.count; i++)
		json_push(objects, dns_record_of_id(found->ids.items[i]));
	return json_count(objects) ? calls->change_all(session, zone, objects, true, err) : 0;
}

/* Some APIs publish a zone only when they are told to. */
static int finish_zone(struct dns_session *session, const struct dns_zone *zone, struct error *err)
{
	const struct dns_record_calls *calls = session->provider->record_calls;

	return calls->finish ? calls->finish(session, zone, err) : 0;
}

/* Completes each zone before the next, so that an error names its zone. */
int dns_present_records(struct dns_session *session, const struct dns_batch *batch,
			struct error *err)
{
	AUTO(dns_found) struct dns_found found = DNS_FOUND_INIT(batch);
	AUTO(json) struct json *missing = NULL;

	if (list_found(session, &found, err) < 0)
		return err->code;
	missing = dns_pick_records(session, &found, false);
	if (add_missing(session, &found, missing, err) < 0)
		return err->code;
	return finish_zone(session, batch->zone, err);
}

/* Uses nothing that was remembered from adding the records, so that a cleanup after a crash finds
 * them too. */
int dns_cleanup_records(struct dns_session *session, const struct dns_batch *batch,
			struct error *err)
{
	AUTO(dns_found) struct dns_found found = DNS_FOUND_INIT(batch);

	if (list_found(session, &found, err) < 0)
		return err->code;
	if (remove_found(session, &found, err) < 0)
		return err->code;
	return finish_zone(session, batch->zone, err);
}
