/*
 * Reads providers' answers (see answer.h). They come from the network, so each member is read by
 * a function that checks its type, and every error names the provider.
 */
#include "dns/api/answer.h"

#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "codec/base64.h"
#include "codec/headers.h"
#include "codec/json.h"
#include "codec/url.h"
#include "codec/xml.h"
#include "dns/api/call.h"
#include "dns/directory.h"

/* The context of the page function. One walk serves APIs that number pages, give a total or name
 * the next page. */
struct list_walk {
	struct dns_session *session;
	const struct dns_listing *listing;
	void (*take)(void *context, const struct json *item);
	void *context;
	int page;
	int64_t seen;
};

/* Returns the URL of the page after one with `count` elements, for numbered pages. */
static char *numbered_page(struct list_walk *walk, const struct json *answer, size_t count)
{
	const struct dns_listing *listing = walk->listing;
	int64_t total;

	/* An empty page ends the walk even if the total promises more: elements may have been
	 * deleted since the first page. */
	walk->page++;
	walk->seen += (int64_t)count;
	if (!count || !json_int(json_member(answer, listing->total), &total) || walk->seen >= total)
		return NULL;
	return xasprintf("%s&page=%d", listing->url, walk->page + 1);
}

static int take_page(void *context, const struct dns_reply *page, char **ret_next,
		     struct error *err)
{
	struct list_walk *walk = context;
	const struct dns_listing *listing = walk->listing;
	struct json *array = NULL;

	if (page->status == 404)
		return 0;
	if (dns_answer_array(walk->session, listing->what, page, listing->array, &array, err) < 0)
		return err->code;
	for (size_t i = 0; i < json_count(array); i++)
		walk->take(walk->context, json_at(array, i));
	if (listing->next)
		*ret_next = listing->next(page, listing->url);
	else if (listing->total)
		*ret_next = numbered_page(walk, page->json, json_count(array));
	return 0;
}

int dns_list(struct dns_session *session, const struct dns_listing *listing,
	     void (*take)(void *context, const struct json *item), void *context, struct error *err)
{
	const struct dns_call call = {.what = listing->what,
				      .method = HTTP_GET,
				      .url = listing->url,
				      .headers = listing->headers,
				      .flags = listing->flags,
				      .accept = {listing->may_be_missing ? 404 : 0}};
	struct list_walk walk = {
		.session = session, .listing = listing, .take = take, .context = context};

	return dns_call_pages(session, &call, take_page, &walk, err);
}

/* The first row of the credentials is the token by convention, so most providers need no function
 * of their own. */
int dns_authorize_bearer(struct dns_session *session, const struct dns_outgoing *request,
			 struct headers *headers, struct error *err)
{
	dns_add_bearer(headers, dns_credential(session, session->provider->credentials[0].key));
	return 0;
}

void dns_add_token(const struct dns_provider *provider, const char *token, struct headers *headers)
{
	const char *scheme = provider->token_scheme;
	AUTO_FREE char *value = xasprintf("%s%s%s", scheme ? scheme : "", scheme ? " " : "", token);

	headers_add(headers, provider->token_field ? provider->token_field : "Authorization",
		    value);
	secret_wipe(value, strlen(value));
}

int dns_authorize_token(struct dns_session *session, const struct dns_outgoing *request,
			struct headers *headers, struct error *err)
{
	dns_add_token(session->provider,
		      dns_credential(session, session->provider->credentials[0].key), headers);
	return 0;
}

int dns_authorize_basic(struct dns_session *session, const struct dns_outgoing *request,
			struct headers *headers, struct error *err)
{
	const struct dns_credential *credentials = session->provider->credentials;

	dns_add_basic(headers, dns_credential(session, credentials[0].key),
		      dns_credential(session, credentials[1].key));
	return 0;
}

/* Names are escaped, because they may contain '*' and, in a private zone, other characters. */
static void add_part(struct strbuf *url, const char *part, size_t len,
		     const struct dns_url_parts *parts)
{
	AUTO_FREE char *relative = parts->name && parts->zone
					   ? dns_relative(parts->name, parts->zone,
							  parts->apex ? parts->apex : "@")
					   : NULL;
	const struct {
		const char *name, *text;
	} known[] = {
		{"zone", parts->zone ? parts->zone->name : NULL},
		{"name", relative},
		{"fqdn", parts->name},
		{"id", parts->id},
	};

	/* Not escaped: the ids of Azure are paths. */
	if (len == 7 && strncmp(part, "zone_id", len) == 0)
		strbuf_adds(url, parts->zone->id);
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strlen(known[i].name) == len && strncmp(known[i].name, part, len) == 0)
			url_add_escaped(url, known[i].text);
}

char *dns_url(const char *template, const struct dns_url_parts *parts)
{
	AUTO(strbuf) struct strbuf url = STRBUF_INIT;
	const char *at = template, *brace;

	while ((brace = strchr(at, '{'))) {
		size_t len = strcspn(brace + 1, "}");

		strbuf_addf(&url, "%.*s", (int)(brace - at), at);
		add_part(&url, brace + 1, len, parts);
		at = brace + len + 2;
	}
	strbuf_adds(&url, at);
	return strbuf_detach(&url);
}

/* The context of a search for a zone, or of a list of all zones. */
struct zone_walk {
	const struct dns_zone_calls *calls;
	struct dns_zones *zones; /* NULL: a search */
	const char *name;
	bool found;
	char *id;
};

static void take_zone(void *context, const struct json *item)
{
	struct zone_walk *walk = context;
	const char *text = walk->calls->name ? dns_answer_text(item, walk->calls->name)
					     : json_text(item);
	AUTO_FREE char *name = xstrdup(text ? text : "");
	AUTO_FREE char *id = walk->calls->id ? dns_answer_id(item, walk->calls->id) : NULL;
	size_t len = strlen(name);

	/* Some APIs give names as RFC 1035 5.1 writes them in zone files, with the root's dot. */
	if (len && name[len - 1] == '.')
		name[len - 1] = '\0';
	if (!*name || (walk->calls->id && !id))
		return;
	if (walk->zones) {
		dns_zones_add(walk->zones, name, id);
		/* Some APIs match parts of names, so a search for example.com may find
		 * my-example.com too. */
	} else if (!walk->found && str_eq_nocase(name, walk->name)) {
		walk->found = true;
		walk->id = STEAL(id);
	}
}

static int walk_zones(struct dns_session *session, struct zone_walk *walk, struct error *err)
{
	const struct dns_zone_calls *calls = session->provider->zone_calls;
	AUTO_FREE char *name = xstrdup_or_null(walk->name);
	const struct dns_zone zone = {.name = name};
	const struct dns_url_parts parts = {.zone = &zone};
	AUTO_FREE char *url = dns_url(calls->url, &parts);
	const struct dns_listing listing = {.what = name ? "look up the zone" : "list zones",
					    .url = url,
					    .array = calls->array,
					    .flags = calls->flags,
					    .next = calls->next,
					    .total = calls->total};

	walk->calls = calls;
	return dns_list(session, &listing, take_zone, walk, err);
}

/* ERR_NOT_FOUND lets the search go on with the parent name. */
int dns_find_zone_called(struct dns_session *session, const char *name, char **ret_id,
			 struct error *err)
{
	struct zone_walk walk = {.name = name};
	int rc = walk_zones(session, &walk, err);

	*ret_id = walk.id;
	if (rc == 0 && !walk.found)
		return error_set(err, ERR_NOT_FOUND, "no zone '%s'", name);
	return rc;
}

int dns_list_zones_called(struct dns_session *session, struct dns_zones *ret_zones,
			  struct error *err)
{
	struct zone_walk walk = {.zones = ret_zones};

	return walk_zones(session, &walk, err);
}

/* Interprets the refusal of a question about a zone: after ERR_NOT_FOUND and ERR_REFUSED the search
 * goes on with the parent name. A 404 may also mean a wrong path, so where the row knows the words
 * for a missing zone, the answer must have them. */
static int refuse_zone(struct dns_session *session, const struct dns_call *call,
		       const struct dns_reply *reply, const char *name, struct error *err)
{
	const struct dns_zone_calls *calls = session->provider->zone_calls;

	if (reply->status == 404 && (!calls->missing || strstr(reply->body, calls->missing)))
		return error_set(err, ERR_NOT_FOUND, "no zone '%s'", name);
	dns_refuse(session, call, reply, err);
	if (reply->status == calls->none) {
		error_recode(err, ERR_NOT_FOUND);
		error_hint(err, "%s", err->text);
	} else if (reply->status != 404 && reply->status != calls->denied) {
		error_recode(err, ERR_REFUSED);
	}
	return err->code;
}

/* With 422, some APIs say that the name is not a domain at all. */
int dns_find_zone_at(struct dns_session *session, const char *name, char **ret_id,
		     struct error *err)
{
	const struct dns_zone_calls *calls = session->provider->zone_calls;
	AUTO(dns_reply) struct dns_reply reply = DNS_REPLY_INIT;
	AUTO_FREE char *copy = xstrdup(name);
	const struct dns_zone zone = {.name = copy};
	const struct dns_url_parts parts = {.zone = &zone};
	AUTO_FREE char *url = dns_url(calls->url, &parts);
	const struct dns_call call = {.what = "look up the zone",
				      .method = HTTP_GET,
				      .url = url,
				      .accept = {403, 404, 422, calls->none}};

	if (dns_call(session, &call, &reply, err) < 0)
		return err->code;
	if (reply.status >= 400)
		return refuse_zone(session, &call, &reply, name, err);
	if (calls->id)
		*ret_id = dns_answer_id(reply.json, calls->id);
	return !calls->id || *ret_id ? 0
				     : dns_bad_answer(session, call.what, "expected an id", err);
}

char *dns_absolute(const char *name, const struct dns_zone *zone)
{
	size_t len = strlen(name);
	char *absolute;

	if (!len || strcmp(name, "@") == 0 || strcmp(name, ".") == 0)
		absolute = xstrdup(zone->name);
	/* A dot at the end makes a name absolute, whatever it is (RFC 1035 5.1). */
	else if (name[len - 1] == '.')
		absolute = xstrndup(name, len - 1);
	else if (dns_is_in_zone(name, zone->name))
		absolute = xstrdup(name);
	else
		absolute = xasprintf("%s.%s", name, zone->name);
	/* Names are compared without case (RFC 4343); one form makes strcmp() do. */
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

/* From the end, because removing an element renumbers those after it. */
void dns_keep_member(struct json *object, const char *name)
{
	for (size_t i = json_count(object); i-- > 0;)
		if (strcmp(json_member_name(object, i), name) != 0)
			json_remove(object, json_member_name(object, i));
}

void dns_set_text_at(struct json *object, const char *path, const char *text)
{
	for (const char *dot; (dot = strchr(path, '.')) != NULL; path = dot + 1) {
		AUTO_FREE char *name = xstrndup(path, (size_t)(dot - path));

		if (!json_member(object, name))
			json_set(object, name, json_object_new());
		object = json_member(object, name);
	}
	json_set_string(object, path, text);
}

/* Ids are numbers in some APIs and strings in others. */
char *dns_answer_id(const struct json *object, const char *name)
{
	return json_plain(json_member(object, name));
}

/* A missing member and one of another type come to the same: there is nothing to read. */
const char *dns_answer_text(const struct json *object, const char *name)
{
	const struct json *member = json_member(object, name);
	const char *text = member ? json_text(member) : NULL;

	return text ? text : "";
}

struct json *dns_xml_objects(const struct xml *parent, const char *const (*names)[2], size_t count)
{
	struct json *array = json_array_new();
	const struct xml *child;

	for (size_t i = 0; (child = xml_at(parent, i)) != NULL; i++) {
		struct json *object = json_object_new();

		for (size_t j = 0; j < count; j++) {
			const char *value = xml_attribute(child, names[j][0]);

			if (value)
				json_set_string(object, names[j][1], value);
		}
		json_push(array, object);
	}
	return array;
}

void dns_number_members(struct json *object, const char *name)
{
	AUTO(json) struct json *array = json_share(json_member(object, name));

	json_remove(object, name);
	for (size_t i = 0; i < json_count(array); i++) {
		struct json *item = json_at(array, i);

		for (size_t j = 0; j < json_count(item); j++) {
			const char *member = json_member_name(item, j);
			AUTO_FREE char *numbered = xasprintf("%s%zu", member, i + 1);

			json_set(object, numbered, json_share(json_member(item, member)));
		}
	}
}

void dns_answer_base64(const struct json *text, struct strbuf *out)
{
	AUTO(strbuf) struct strbuf plain = STRBUF_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;

	if (json_text(text) && base64_decode(&plain, span_of(json_text(text)), &ignored) == 0)
		strbuf_add(out, plain.text, plain.len);
}

/* Without numbers that make sense there is one page. */
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

void dns_explain_error(const struct json *answer, struct strbuf *out)
{
	const struct json *error = json_member(answer, "error");

	if (error)
		dns_explain_code(error, out);
}

void dns_explain_code(const struct json *answer, struct strbuf *out)
{
	AUTO_FREE char *code = dns_answer_id(answer, "code");

	strbuf_addf(out, "%s: %s", code ? code : "", dns_answer_text(answer, "message"));
}

void dns_explain_error_text(const struct json *answer, struct strbuf *out)
{
	strbuf_adds(out, dns_answer_text(answer, "error"));
}
