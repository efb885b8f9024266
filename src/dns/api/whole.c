/*
 * Changes a zone that is read and written as a whole (see whole.h). Records of others go back as
 * they came, with members that we know nothing of.
 */
#include "dns/api/whole.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"

static const char reading[] = "read the zone";

/* Leaves only the path of what is read: the rest is not ours to write. */
static int keep_path(struct dns_session *session, struct json *contents, struct error *err)
{
	const char *const *path = session->provider->whole_calls->path;
	struct json *node = contents;

	for (; path[1]; path++) {
		struct json *parent = node;

		if (dns_answer_object(session, reading, parent, path[0], &node, err) < 0)
			return err->code;
		dns_keep_member(parent, path[0]);
	}
	dns_keep_member(node, path[0]);
	return 0;
}

static int read_zone(struct dns_session *session, const struct dns_zone *zone,
		     struct json **ret_contents, struct error *err)
{
	const struct dns_whole_calls *calls = session->provider->whole_calls;
	const struct dns_url_parts parts = {.zone = zone};
	AUTO_FREE char *url = calls->url ? dns_url(calls->url, &parts) : NULL;
	const struct dns_call call = {.what = reading, .method = HTTP_GET, .url = url};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;

	if (calls->read)
		return calls->read(session, zone, ret_contents, err);
	if (dns_call(session, &call, &reply, err) < 0 || keep_path(session, reply.json, err) < 0)
		return err->code;
	*ret_contents = STEAL(reply.json);
	return 0;
}

static int write_zone(struct dns_session *session, const struct dns_zone *zone, const char *what,
		      struct json *contents, struct error *err)
{
	const struct dns_whole_calls *calls = session->provider->whole_calls;
	const struct dns_url_parts parts = {.zone = zone};
	AUTO_FREE char *url = calls->url ? dns_url(calls->url, &parts) : NULL;
	const struct dns_call call = {
		.what = what, .method = HTTP_PUT, .url = url, .json = contents};
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;

	return calls->write ? calls->write(session, zone, what, contents, err)
			    : dns_call(session, &call, &reply, err);
}

/* Returns true if the record has all that every record has. */
static bool is_complete(const struct json *record, const struct dns_record_shape *shape)
{
	const char *const names[] = {shape->type, shape->name, shape->value};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!json_text(json_member(record, names[i])))
			return false;
	return true;
}

/* Refuses a record that would not be the same after it has been written back. What is left out of
 * an answer would be deleted, so a record that lacks anything is refused as well. */
static int check_record(struct dns_session *session, struct json *record, struct error *err)
{
	const struct dns_whole_calls *calls = session->provider->whole_calls;

	if (!is_complete(record, &calls->shape))
		return dns_bad_answer(session, reading,
				      "a record has no name, type or value, so nothing is written",
				      err);
	if (!calls->unwritable)
		return 0;
	if (strcmp(dns_answer_text(record, calls->unwritable), "true") == 0) {
		error_set(err, ERR_CONFIG,
			  "the API of %s would lose %s of the record '%s', so nothing is written",
			  session->provider->title, calls->unwritable,
			  dns_answer_text(record, calls->shape.name));
		return error_hint(err, "make the challenge's name a CNAME that leads to a zone "
				       "without such a record");
	}
	json_remove(record, calls->unwritable);
	return 0;
}

/* Finds the records in what was read. */
static int find_records(struct dns_session *session, struct json *contents,
			struct json **ret_records, struct error *err)
{
	const struct dns_whole_calls *calls = session->provider->whole_calls;
	const char *const *path = calls->path;
	struct json *node = contents, *records;

	for (; path[1]; path++)
		node = json_member(node, path[0]);
	if (!json_member(node, path[0]) || json_is_null(json_member(node, path[0])))
		json_set(node, path[0], json_array_new());
	records = json_member(node, path[0]);
	if (!json_is_array(records))
		return dns_bad_answer(session, reading, "expected an array of records", err);
	for (size_t i = 0; i < json_count(records); i++)
		if (check_record(session, json_at(records, i), err) < 0)
			return err->code;
	*ret_records = records;
	return 0;
}

static bool is_record(const struct json *item, const struct dns_record_shape *shape,
		      const struct dns_zone *zone, const struct dns_record *record)
{
	AUTO_FREE char *name = dns_absolute(dns_answer_text(item, shape->name), zone);
	AUTO_FREE char *value = dns_unquote(dns_answer_text(item, shape->value));

	return strcmp(dns_answer_text(item, shape->type), "TXT") == 0 &&
	       strcmp(name, record->name) == 0 && strcmp(value, record->value) == 0;
}

/* Adds the record where it is not there, or removes it as often as it is: true for a change. */
static bool change_record(const struct dns_session *session, struct json *records,
			  const struct dns_zone *zone, const struct dns_record *record,
			  bool is_removal)
{
	const struct dns_record_shape *shape = &session->provider->whole_calls->shape;
	size_t found = 0;

	for (size_t i = json_count(records); i-- > 0;) {
		if (!is_record(json_at(records, i), shape, zone, record))
			continue;
		found++;
		if (is_removal)
			json_remove_at(records, i);
	}
	if (!is_removal && !found)
		json_push(records, dns_record_object(shape, zone, record, session->provider->ttl));
	return is_removal == (found > 0);
}

static int change_zone(struct dns_session *session, const struct dns_batch *batch, bool is_removal,
		       struct error *err)
{
	AUTO(json) struct json *contents = NULL;
	struct json *records = NULL;
	bool changed = false;

	if (read_zone(session, batch->zone, &contents, err) < 0 ||
	    find_records(session, contents, &records, err) < 0)
		return err->code;
	for (size_t i = 0; i < batch->record_count; i++)
		changed |= change_record(session, records, batch->zone, batch->records[i],
					 is_removal);
	if (!changed)
		return 0;
	return write_zone(session, batch->zone, is_removal ? "remove records" : "add records",
			  contents, err);
}

int dns_find_zone_whole(struct dns_session *session, const char *name, char **ret_id,
			struct error *err)
{
	AUTO(json) struct json *contents = NULL;
	struct json *records = NULL;
	AUTO_FREE char *copy = xstrdup(name);
	const struct dns_zone zone = {.name = copy};

	if (!strchr(name, '.'))
		return error_set(err, ERR_NOT_FOUND, "no zone '%s'", name);
	if (read_zone(session, &zone, &contents, err) < 0)
		return err->code;
	return find_records(session, contents, &records, err);
}

int dns_present_whole(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return change_zone(session, batch, false, err);
}

int dns_cleanup_whole(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return change_zone(session, batch, true, err);
}
