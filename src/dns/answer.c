/*
 * Reading of providers' answers (see answer.h).
 */
#include "dns/answer.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/json.h"
#include "dns/api.h"

/* What the page function needs. */
struct list_walk {
	struct dns_session *session;
	const struct dns_listing *listing;
	void (*take)(void *context, const struct json *item);
	void *context;
};

static int take_page(void *context, const struct dns_reply *page, char **ret_next,
		     struct error *err)
{
	const struct list_walk *walk = context;
	const struct dns_listing *listing = walk->listing;
	struct json *array = NULL;

	if (dns_answer_array(walk->session, listing->what, page, listing->array, &array, err) < 0)
		return err->code;
	for (size_t i = 0; i < json_count(array); i++)
		walk->take(walk->context, json_at(array, i));
	if (listing->next)
		*ret_next = listing->next(page, listing->url);
	return 0;
}

int dns_list(struct dns_session *session, const struct dns_listing *listing,
	     void (*take)(void *context, const struct json *item), void *context, struct error *err)
{
	const struct dns_call call = {.what = listing->what,
				      .method = HTTP_GET,
				      .url = listing->url,
				      .headers = listing->headers};
	struct list_walk walk = {session, listing, take, context};

	return dns_call_pages(session, &call, take_page, &walk, err);
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

void dns_found_add_json(struct dns_found *found, const struct json *object, const char *name,
			const char *value)
{
	const char *type = json_text(json_member(object, "type"));
	AUTO_FREE char *id = dns_answer_id(object, "id");

	if (!type || str_eq_nocase(type, "TXT"))
		dns_found_add(found, dns_answer_text(object, name), dns_answer_text(object, value),
			      id);
}

static int add_record(struct dns_session *session, const struct dns_zone *zone,
		      const struct dns_record *record, struct error *err)
{
	const struct dns_record_calls *calls = session->provider->record_calls;
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO(json) struct json *body = calls->body(session, zone, record);
	AUTO_FREE char *url = calls->new_url(session, zone);
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
	AUTO_FREE char *url = session->provider->record_calls->url(session, zone, id);
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

	if (session->provider->record_calls->list(session, &found, err) < 0)
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

	if (session->provider->record_calls->list(session, &found, err) < 0)
		return err->code;
	for (size_t i = 0; i < found.ids.count; i++)
		if (remove_record(session, batch->zone, found.ids.items[i], err) < 0)
			return err->code;
	return finish(session, batch->zone, err);
}

static bool is_in_zone(const char *name, const char *zone)
{
	size_t len = strlen(name), zone_len = strlen(zone);

	return len >= zone_len && str_eq_nocase(name + len - zone_len, zone) &&
	       (len == zone_len || name[len - zone_len - 1] == '.');
}

char *dns_absolute(const char *name, const struct dns_zone *zone)
{
	size_t len = strlen(name);
	char *absolute;

	if (len && name[len - 1] == '.')
		absolute = xstrndup(name, len - 1);
	else if (!len || strcmp(name, "@") == 0)
		absolute = xstrdup(zone->name);
	else if (is_in_zone(name, zone->name))
		absolute = xstrdup(name);
	else
		absolute = xasprintf("%s.%s", name, zone->name);
	ascii_lower_string(absolute);
	return absolute;
}

static int bad_member(struct dns_session *session, const char *what, const char *name,
		      const char *kind, struct error *err)
{
	AUTO_FREE char *fault = name ? xasprintf("expected %s '%s'", kind, name)
				     : xasprintf("expected %s", kind);

	return dns_bad_answer(session, what, fault, err);
}

int dns_answer_array(struct dns_session *session, const char *what, const struct dns_reply *reply,
		     const char *name, struct json **ret_array, struct error *err)
{
	struct json *found = name ? json_member(reply->json, name) : reply->json;

	if (!found || !json_is_array(found))
		return bad_member(session, what, name, "an array", err);
	*ret_array = found;
	return 0;
}

int dns_answer_object(struct dns_session *session, const char *what, const struct json *object,
		      const char *name, struct json **ret_object, struct error *err)
{
	struct json *found = json_member(object, name);

	if (!found || !json_is_object(found))
		return bad_member(session, what, name, "an object", err);
	*ret_object = found;
	return 0;
}

void dns_keep_member(struct json *object, const char *name)
{
	for (size_t i = json_count(object); i-- > 0;)
		if (strcmp(json_member_name(object, i), name) != 0)
			json_remove(object, json_member_name(object, i));
}

char *dns_answer_id(const struct json *object, const char *name)
{
	const struct json *member = json_member(object, name);
	int64_t number;

	if (member && json_int(member, &number))
		return xasprintf("%lld", (long long)number);
	return member && json_text(member) ? xstrdup(json_text(member)) : NULL;
}

const char *dns_answer_text(const struct json *object, const char *name)
{
	const struct json *member = json_member(object, name);
	const char *text = member ? json_text(member) : NULL;

	return text ? text : "";
}

char *dns_next_page(const struct json *object, const char *page, const char *pages, const char *url)
{
	int64_t current, last;

	if (!json_int(json_member(object, page), &current) ||
	    !json_int(json_member(object, pages), &last) || current >= last)
		return NULL;
	return xasprintf("%s&page=%lld", url, (long long)current + 1);
}

void dns_explain_message(const struct json *answer, struct strbuf *out)
{
	strbuf_adds(out, dns_answer_text(answer, "message"));
}
