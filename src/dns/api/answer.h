/*
 * The common parts of providers' APIs: lists of several pages, zones in such lists, required
 * members, and the usual ways to authenticate.
 */
#ifndef DNS_API_ANSWER_H
#define DNS_API_ANSWER_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "dns/api/refusal.h"
#include "dns/provider.h"

struct dns_outgoing;
struct dns_reply;
struct headers;
struct json;
struct xml;

/* A JSON array that may come in pages. */
struct dns_listing {
	const char *what;              /* "list zones" */
	const char *url;               /* of the first page */
	const char *array;             /* name of the member; NULL: the answer itself */
	const struct headers *headers; /* or NULL */
	/* Returns the URL or path (heap) of the page that follows this one; `url` is that of the
	 * first page. NULL after the last page. If the function is NULL, there is only one page. */
	char *(*next)(const struct dns_reply *page, const char *url);
	bool may_be_missing; /* 404: there is nothing to list */
	/* Or, for pages with numbers: the member with the number of elements on all pages. "&page=2"
	 * is appended to `url`, which must have a query. */
	const char *total;
	unsigned flags; /* enum dns_call_flags */
};
/* Calls `take` with each element. ERR_PROTOCOL: there is no array. Also the errors of
 * dns_call(). */
int dns_list(struct dns_session *session, const struct dns_listing *listing,
	     void (*take)(void *context, const struct json *item), void *context,
	     struct error *err) WARN_UNUSED;

/* Returns the absolute form of a name that a provider writes relative to a zone, as dns_found_add()
 * describes. Heap. */
char *dns_absolute(const char *name, const struct dns_zone *zone);

/* An authorize() that sends the first credential as a bearer token. */
int dns_authorize_bearer(struct dns_session *session, const struct dns_outgoing *request,
			 struct headers *headers, struct error *err);

/* Adds a token to the headers, in the provider's `token_field` (NULL: "Authorization"), after its
 * `token_scheme`. */
void dns_add_token(const struct dns_provider *provider, const char *token, struct headers *headers);

/* An authorize() that sends the first credential as dns_add_token() does. */
int dns_authorize_token(struct dns_session *session, const struct dns_outgoing *request,
			struct headers *headers, struct error *err);

/* An authorize() that sends the first two credentials as user and password with HTTP basic
 * authentication. */
int dns_authorize_basic(struct dns_session *session, const struct dns_outgoing *request,
			struct headers *headers, struct error *err);

/* The values for a URL template: {zone}, {zone_id}, {name} (relative to the zone), {fqdn} (without
 * a final dot) and {id}. */
struct dns_url_parts {
	const struct dns_zone *zone;
	const char *name; /* absolute */
	const char *id;
	const char *apex; /* the value of {name} for the zone itself; NULL: "@" */
};
/* Returns the URL (heap) with all values escaped except {zone_id}. */
char *dns_url(const char *template, const struct dns_url_parts *parts);

/* How an API lists zones. */
struct dns_zone_calls {
	const char *url;   /* a list of all zones, or with {zone} of those with that name */
	const char *array; /* see dns_listing */
	/* The members of an object with its name and id; `id` may be NULL. Both NULL: the elements
	 * of the list are names. */
	const char *name, *id;
	unsigned flags; /* enum dns_call_flags */
	char *(*next)(const struct dns_reply *page, const char *url);
	const char *total;
	/* For dns_find_zone_at(). */
	const char *missing; /* text in the body of a 404 about a zone; NULL: any */
	int denied;          /* a status for wrong credentials, in addition to 401 */
	int none;            /* a status that means the same as 404; its reason is shown */
};
/* A find_zone() that looks in such a list, as the provider's zone_calls describe it. */
int dns_find_zone_called(struct dns_session *session, const char *name, char **ret_id,
			 struct error *err);

/* A list_zones() that reads the whole list. */
int dns_list_zones_called(struct dns_session *session, struct dns_zones *ret_zones,
			  struct error *err);
/* A find_zone() for APIs where each zone has its own URL (zone_calls->url). 404 means that there is
 * no such zone. 403 and 422 may mean that it belongs to somebody else, or that no zone can have
 * this name (ERR_REFUSED). */
int dns_find_zone_at(struct dns_session *session, const char *name, char **ret_id,
		     struct error *err);

/* Returns a member that is an array; `name` NULL: the whole answer. ERR_PROTOCOL, with `what`
 * naming the call. */
int dns_answer_array(struct dns_session *session, const char *what, const struct dns_reply *reply,
		     const char *name, struct json **ret_array, struct error *err) WARN_UNUSED;
/* Does the same for a member that is an object. */
int dns_answer_object(struct dns_session *session, const char *what, const struct json *object,
		      const char *name, struct json **ret_object, struct error *err) WARN_UNUSED;
/* Removes all other members of an object. */
void dns_keep_member(struct json *object, const char *name);
/* Sets a text at a path ("auth.scope.project.name"), creating the objects that are missing. */
void dns_set_text_at(struct json *object, const char *path, const char *text);
/* Returns a number or a text as text (heap), or NULL if the member is missing or has another
 * type. */
char *dns_answer_id(const struct json *object, const char *name);
/* Returns a text member (borrowed), or "" if it is missing or has another type. */
const char *dns_answer_text(const struct json *object, const char *name);
/* Returns the children of an XML element as an array of objects. Each pair is the name of an
 * attribute and the name of the member to make of it. The caller frees the array. */
struct json *dns_xml_objects(const struct xml *parent, const char *const (*names)[2], size_t count);
/* Replaces a member that is an array of objects by the members of these objects, with the number of
 * the object appended to each name, starting at 1: "TTL1". */
void dns_number_members(struct json *object, const char *name);

/* Decodes base64 and appends the result; appends nothing if the text is not valid base64. */
void dns_answer_base64(const struct json *text, struct strbuf *out);

/* Returns the URL (heap) of the next page of a list whose object has two numbers ("page" and
 * "pages"): appends "&page=N" to `url`, which must have a query. NULL after the last page. */
char *dns_next_page(const struct json *object, const char *page, const char *pages,
		    const char *url);

/* An explain() for APIs whose errors are {"message": "..."}. */
void dns_explain_message(const struct json *answer, struct strbuf *out);

/* An explain() for APIs whose errors are {"error": {"code": "...", "message": "..."}}. */
void dns_explain_error(const struct json *answer, struct strbuf *out);

/* An explain() for APIs whose errors are {"code": "..." or 7, "message": "..."}. */
void dns_explain_code(const struct json *answer, struct strbuf *out);

/* An explain() for APIs whose errors are {"error": "..."}. */
void dns_explain_error_text(const struct json *answer, struct strbuf *out);

#endif
