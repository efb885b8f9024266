/*
 * APIs that keep all values of a name in one set (see sets.h). The set is read, combined with our
 * values and written back only if that changes it, so values of others survive.
 */
#include "dns/api/sets.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "dns/api/answer.h"
#include "dns/api/call.h"

enum {
	MAX_STRING = 255, /* RFC 1035 section 3.3 */
};

static void change_release(struct dns_set_change *change)
{
	strvec_release(&change->there);
	strvec_release(&change->ours);
	strvec_release(&change->after);
	free(change->id);
}
DEFINE_AUTO(dns_set_change, change_release);

static char *url_of(const struct dns_set_change *change, const char *template)
{
	const struct dns_url_parts parts = {
		.zone = change->zone, .name = change->set->name, .id = change->id};

	return dns_url(template, &parts);
}

char *dns_set_url(const struct dns_session *session, const struct dns_set_change *change,
		  const char *tail)
{
	AUTO_FREE char *url = url_of(change, session->provider->set_calls->url);

	return xasprintf("%s%s", url, tail);
}

struct json *dns_set_object(const struct dns_set_change *change, bool has_dot)
{
	AUTO_FREE char *name = xasprintf("%s%s", change->set->name, has_dot ? "." : "");
	struct json *object = json_object_new();

	json_set_string(object, "name", name);
	json_set_string(object, "type", "TXT");
	json_set_int(object, "ttl", change->ttl);
	return object;
}

/* An empty value is one empty string, not none (RFC 1035 section 3.3.14). */
struct json *dns_string_parts(const char *value)
{
	struct json *parts = json_array_new();

	do {
		AUTO_FREE char *part = xstrndup(value, strnlen(value, MAX_STRING));

		json_push_string(parts, part);
		value += strlen(part);
	} while (*value);
	return parts;
}

static char *quote_parts(const char *value)
{
	AUTO(json) struct json *parts = dns_string_parts(value);
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	for (size_t i = 0; i < json_count(parts); i++) {
		AUTO_FREE char *quoted = dns_quote(json_text(json_at(parts, i)));

		strbuf_addf(&out, "%s%s", i ? " " : "", quoted);
	}
	return strbuf_detach(&out);
}

/* Adds a value to the array: as a text, or as an object with that member. */
static void push_value(struct json *array, const char *member, const char *text)
{
	struct json *object;

	if (!member) {
		json_push_string(array, text);
		return;
	}
	object = json_object_new();
	json_set_string(object, member, text);
	json_push(array, object);
}

struct json *dns_quoted_values(const struct strvec *values, const char *member)
{
	struct json *array = json_array_new();

	for (size_t i = 0; i < values->count; i++) {
		AUTO_FREE char *quoted = quote_parts(values->items[i]);

		push_value(array, member, quoted);
	}
	return array;
}

struct json *dns_plain_values(const struct strvec *values, const char *member)
{
	struct json *array = json_array_new();

	for (size_t i = 0; i < values->count; i++)
		push_value(array, member, values->items[i]);
	return array;
}

/* A value of the API: one string, with or without quotes, or an array of strings. Heap; NULL for
 * anything else. */
static char *value_of(const struct json *node)
{
	AUTO(strbuf) struct strbuf value = STRBUF_INIT;

	if (!node)
		return NULL;
	if (!json_is_array(node))
		return json_text(node) ? dns_unquote(json_text(node)) : NULL;
	for (size_t i = 0; i < json_count(node); i++) {
		const char *part = json_text(json_at(node, i));

		strbuf_adds(&value, part ? part : "");
	}
	return strbuf_detach(&value);
}

/* Takes values and TTL out of an answer; false: they are not where they should be. A value that
 * cannot be read ends the change: the set would be written back without it. */
static bool take_values(const struct dns_set_calls *calls, const struct json *answer,
			struct dns_set_change *change)
{
	const struct json *at = answer, *parent = NULL;

	for (size_t i = 0; i < ARRAY_LEN(calls->path) && calls->path[i]; i++) {
		parent = at;
		at = json_member(parent, calls->path[i]);
	}
	if (!at || !json_is_array(at))
		return false;
	for (size_t i = 0; i < json_count(at); i++) {
		const struct json *item = json_at(at, i);
		char *value = value_of(calls->value ? json_member(item, calls->value) : item);

		if (!value)
			return false;
		strvec_give(&change->there, value);
	}
	if (calls->ttl)
		json_int(json_member(parent ? parent : json_at(at, 0), calls->ttl), &change->ttl);
	return true;
}

/* The set of that name in an answer that lists sets; an empty list has none. Several APIs list by
 * the beginning of a name. */
static const struct json *find_listed(const struct dns_set_calls *calls, const struct json *answer,
				      const struct dns_set_change *change)
{
	const struct json *sets = json_member(answer, calls->array);

	for (size_t i = 0; i < json_count(sets); i++) {
		const struct json *set = json_at(sets, i);
		const char *name = dns_answer_text(set, calls->name ? calls->name : "name");
		const char *type = dns_answer_text(set, "type");
		AUTO_FREE char *absolute = dns_absolute(name, change->zone);

		if (strcmp(absolute, change->set->name) == 0 &&
		    (!*type || strcmp(type, "TXT") == 0))
			return set;
	}
	return NULL;
}

/* Reads the present values from an answer; false when it has an unexpected form. */
static bool take_set(const struct dns_set_calls *calls, const struct json *answer,
		     struct dns_set_change *change)
{
	if (!calls->array)
		return take_values(calls, answer, change);
	if (!json_is_array(json_member(answer, calls->array)))
		return false;
	answer = find_listed(calls, answer, change);
	if (!answer)
		return true;
	if (calls->id)
		change->id = dns_answer_id(answer, calls->id);
	return (!calls->id || change->id) && take_values(calls, answer, change);
}

/* The context of the page function. */
struct set_walk {
	struct dns_session *session;
	const struct dns_call *call;
	struct dns_set_change *change;
};

/* 404 is how a set says that it does not exist yet. */
static int take_set_page(void *context, const struct dns_reply *page, char **ret_next,
			 struct error *err)
{
	const struct set_walk *walk = context;
	const struct dns_set_calls *calls = walk->session->provider->set_calls;

	if (page->status == 404)
		return 0;
	if (!take_set(calls, page->json, walk->change))
		return dns_bad_answer(walk->session, walk->call->what,
				      "expected an array of values", err);
	if (calls->next)
		*ret_next = calls->next(page, walk->call->url);
	return 0;
}

static int read_set(struct dns_session *session, struct dns_set_change *change, struct error *err)
{
	AUTO_FREE char *url = dns_set_url(session, change, "");
	const struct dns_call call = {
		.what = "read a record set", .method = HTTP_GET, .url = url, .accept = {404}};
	struct set_walk walk = {session, &call, change};
	int rc = dns_call_pages(session, &call, take_set_page, &walk, err);

	if (rc != ERR_NOT_FOUND)
		return rc;
	error_release(err);
	return 0;
}

/* Plans the change of a set; the caller releases it in any case. If all of our values are there
 * already, or none is left to remove, the set is not written. */
static int plan_change(struct dns_session *session, const struct dns_batch *batch,
		       const struct dns_set *set, bool is_removal,
		       struct dns_set_change *ret_change, struct error *err)
{
	*ret_change = (struct dns_set_change){
		.zone = batch->zone,
		.set = set,
		.is_removal = is_removal,
		.there = STRVEC_INIT,
		.ours = STRVEC_INIT,
		.after = STRVEC_INIT,
		.ttl = session->provider->ttl,
	};
	if (read_set(session, ret_change, err) < 0)
		return err->code;
	for (size_t i = 0; i < set->count; i++)
		if (strvec_contains(&ret_change->there, set->records[i]->value) == is_removal)
			strvec_push_unique(&ret_change->ours, set->records[i]->value);
	if (is_removal)
		dns_subtract(set, &ret_change->there, &ret_change->after);
	else
		dns_merge(set, &ret_change->there, &ret_change->after);
	return 0;
}

/* Only if nobody else's value is left in it. 404: somebody else removed it first. */
static int remove_set(struct dns_session *session, const struct dns_set_change *change,
		      struct error *err)
{
	const struct dns_set_calls *calls = session->provider->set_calls;
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO_FREE char *url = url_of(change, calls->old_url ? calls->old_url : calls->url);
	const struct dns_call call = {.what = "remove a record set",
				      .method = HTTP_DELETE,
				      .url = url,
				      .accept = {404},
				      .flags = DNS_CALL_NO_ANSWER};

	return dns_call(session, &call, &reply, err);
}

/* Written twice it is the same set, so the call may be repeated even as a POST. */
static int write_set(struct dns_session *session, const struct dns_set_change *change,
		     struct error *err)
{
	const struct dns_set_calls *calls = session->provider->set_calls;
	bool is_new = !change->there.count && calls->new_url;
	AUTO(json) struct json *body = calls->body(session, change);
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO_FREE char *url = url_of(change, is_new           ? calls->new_url
					     : calls->old_url ? calls->old_url
							      : calls->url);
	const struct dns_call call = {.what = "write a record set",
				      .method = is_new            ? HTTP_POST
						: calls->by_patch ? HTTP_PATCH
								  : HTTP_PUT,
				      .url = url,
				      .json = body,
				      .flags = DNS_CALL_NO_ANSWER | DNS_CALL_REPEATABLE};

	return dns_call(session, &call, &reply, err);
}

static int change_one(struct dns_session *session, const struct dns_set_change *change,
		      struct error *err)
{
	const struct dns_set_calls *calls = session->provider->set_calls;

	if (calls->change)
		return calls->change(session, change, err);
	return change->after.count ? write_set(session, change, err)
				   : remove_set(session, change, err);
}

static int change_each(struct dns_session *session, const struct dns_batch *batch, bool is_removal,
		       struct error *err)
{
	for (size_t i = 0; i < batch->set_count; i++) {
		AUTO(dns_set_change) struct dns_set_change change;

		if (plan_change(session, batch, &batch->sets[i], is_removal, &change, err) < 0)
			return err->code;
		if (change.ours.count && change_one(session, &change, err) < 0)
			return err->code;
	}
	return 0;
}

/* APIs that take one change for a zone, so that it is published once. */
static int change_all(struct dns_session *session, const struct dns_batch *batch, bool is_removal,
		      struct error *err)
{
	struct dns_set_change *changes = xcalloc(batch->set_count, sizeof(*changes));
	size_t count = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < batch->set_count; i++) {
		rc = plan_change(session, batch, &batch->sets[i], is_removal, &changes[count], err);
		if (rc == 0 && !changes[count].ours.count)
			change_release(&changes[count]);
		else
			count++;
	}
	if (rc == 0 && count)
		rc = session->provider->set_calls->change_all(session, changes, count, err);
	for (size_t i = 0; i < count; i++)
		change_release(&changes[i]);
	free(changes);
	return rc;
}

static int change_sets(struct dns_session *session, const struct dns_batch *batch, bool is_removal,
		       struct error *err)
{
	return session->provider->set_calls->change_all
		       ? change_all(session, batch, is_removal, err)
		       : change_each(session, batch, is_removal, err);
}

int dns_present_sets(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return change_sets(session, batch, false, err);
}

int dns_cleanup_sets(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return change_sets(session, batch, true, err);
}
