/*
 * Sets of values (see sets.h): read, combined with ours, changed where that makes a difference.
 */
#include "dns/sets.h"

#include <string.h>

#include "base/alloc.h"
#include "codec/json.h"
#include "dns/answer.h"
#include "dns/api.h"

static void change_release(struct dns_set_change *change)
{
	strvec_release(&change->there);
	strvec_release(&change->ours);
	strvec_release(&change->after);
}
DEFINE_AUTO(dns_set_change, change_release);

char *dns_set_url(const struct dns_session *session, const struct dns_set_change *change,
		  const char *tail)
{
	const struct dns_url_parts parts = {.zone = change->zone, .name = change->set->name};
	AUTO_FREE char *url = dns_url(session->provider->set_calls->url, &parts);

	return xasprintf("%s%s", url, tail);
}

struct json *dns_quoted_values(const struct strvec *values, const char *member)
{
	struct json *array = json_array_new();

	for (size_t i = 0; i < values->count; i++) {
		AUTO_FREE char *quoted = dns_quote(values->items[i]);
		struct json *object;

		if (!member) {
			json_push_string(array, quoted);
			continue;
		}
		object = json_object_new();
		json_set_string(object, member, quoted);
		json_push(array, object);
	}
	return array;
}

/* Takes values and TTL out of an answer; false: the array is not where it should be. */
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
		const char *text = json_text(calls->value ? json_member(item, calls->value) : item);

		if (!text)
			return false;
		strvec_give(&change->there, dns_unquote(text));
	}
	if (calls->ttl)
		json_int(json_member(parent, calls->ttl), &change->ttl);
	return true;
}

static int read_set(struct dns_session *session, struct dns_set_change *change, struct error *err)
{
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO_FREE char *url = dns_set_url(session, change, "");
	const struct dns_call call = {
		.what = "read a record set", .method = HTTP_GET, .url = url, .accept = {404}};

	if (dns_call(session, &call, &reply, err) < 0)
		return err->code;
	if (reply.status == 404 || take_values(session->provider->set_calls, reply.json, change))
		return 0;
	return dns_bad_answer(session, call.what, "expected an array of values", err);
}

static int change_sets(struct dns_session *session, const struct dns_batch *batch, bool is_removal,
		       struct error *err)
{
	for (size_t i = 0; i < batch->set_count; i++) {
		const struct dns_set *set = &batch->sets[i];
		AUTO(dns_set_change) struct dns_set_change change = {
			.zone = batch->zone,
			.set = set,
			.is_removal = is_removal,
			.there = STRVEC_INIT,
			.ours = STRVEC_INIT,
			.after = STRVEC_INIT,
			.ttl = session->provider->ttl,
		};

		if (read_set(session, &change, err) < 0)
			return err->code;
		for (size_t j = 0; j < set->count; j++)
			if (strvec_contains(&change.there, set->records[j]->value) == is_removal)
				strvec_push_unique(&change.ours, set->records[j]->value);
		if (is_removal)
			dns_subtract(set, &change.there, &change.after);
		else
			dns_merge(set, &change.there, &change.after);
		if (change.ours.count &&
		    session->provider->set_calls->change(session, &change, err) < 0)
			return err->code;
	}
	return 0;
}

int dns_present_sets(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return change_sets(session, batch, false, err);
}

int dns_cleanup_sets(struct dns_session *session, const struct dns_batch *batch, struct error *err)
{
	return change_sets(session, batch, true, err);
}
