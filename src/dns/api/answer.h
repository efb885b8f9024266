/*
 * What the APIs of providers have in common: lists over several pages, finding zones in such lists,
 * required members, and the usual ways to authenticate.
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
	/* Returns the URL or path (heap) of the page after this one, which was read from `url`;
	 * NULL after the last page. If the function is NULL there is only one page. */
	char *(*next)(const struct dns_reply *page, const char *url);
	bool may_be_missing; /* 404: there is nothing to list */
	/* Or: the member that counts the elements of all pages, which are numbered ("&page=2" behind
	 * `url`, which has a query). */
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

/* Adds a token in the provider's `token_field` (NULL: "Authorization"), behind its `token_scheme`. */
void dns_add_token(const struct dns_provider *provider, const char *token, struct headers *headers);

/* An authorize() that sends the first credential in the header field `token_field` (NULL:
 * "Authorization"), behind the word `token_scheme` if there is one. */
int dns_authorize_token(struct dns_session *session, const struct dns_outgoing *request,
			struct headers *headers, struct error *err);

/* An authorize() that sends the first two credentials as user and password of HTTP basic
 * authentication. */
int dns_authorize_basic(struct dns_session *session, const struct dns_outgoing *request,
			struct headers *headers, struct error *err);

/* The variables of a URL template: {zone} and {zone_id}, {name} relative to the zone, {fqdn}
 * without a final dot, {id}. */
struct dns_url_parts {
	const struct dns_zone *zone;
	const char *name; /* absolute */
	const char *id;
	const char *apex; /* the value of {name} for the zone itself; NULL: "@" */
};
/* Returns the URL (heap) with all values escaped except {zone_id}. */
char *dns_url(const char *template, const struct dns_url_parts *parts);

/* Zones as objects of a list. */
struct dns_zone_calls {
	const char *url;   /* a template with {zone} that finds zones of a name, or of all */
	const char *array; /* see dns_listing */
	const char *name,
		*id;    /* members of an object; NULL, NULL: elements are names; id may be NULL */
	unsigned flags; /* enum dns_call_flags */
	char *(*next)(const struct dns_reply *page, const char *url);
	const char *total;
	/* See dns_find_zone_at(). */
	const char *missing; /* text in the body of a 404 about a zone; NULL: any */
	int denied;          /* status for wrong credentials, besides 401 */
	int none;            /* status that is as good as 404, but worth showing */
};
/* A find_zone() that uses such a list, the provider's zone_calls. */
int dns_find_zone_called(struct dns_session *session, const char *name, char **ret_id,
			 struct error *err);

/* A list_zones() that uses such a list, the provider's zone_calls. */
int dns_list_zones_called(struct dns_session *session, struct dns_zones *ret_zones,
			  struct error *err);
/* A find_zone() for APIs where each zone has its own URL, zone_calls->url: 404 means that there is
 * no such zone. 403 and 422 may mean that it belongs to somebody else (ERR_REFUSED), or that the
 * name cannot be a zone. */
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
/* Sets a text within objects, which are made on the way: "auth.scope.project.name". */
void dns_set_text_at(struct json *object, const char *path, const char *text);
/* Returns a number or text as text (heap), or NULL when the member is missing or of another
 * type. */
char *dns_answer_id(const struct json *object, const char *name);
/* Returns a text member (borrowed), or "" when it is missing or of another type. */
const char *dns_answer_text(const struct json *object, const char *name);
/* Returns the children of an XML element as an array of objects: for each name and its other name,
 * the attribute becomes a member with the other. The caller frees it. */
struct json *dns_xml_objects(const struct xml *parent, const char *const (*names)[2], size_t count);
/* Replaces a member that is an array of objects by their members, numbered from 1: "TTL1". */
void dns_number_members(struct json *object, const char *name);

/* Appends what a text in base64 stands for; nothing when it stands for nothing. */
void dns_answer_base64(const struct json *text, struct strbuf *out);

/* Returns the next page of a list whose object has two numbers ("page", "pages"): `url`, which has
 * a query, with "&page=N" (heap). NULL after the last page. */
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
