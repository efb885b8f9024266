/*
 * What providers' APIs have in common: lists over several pages, zones found by such lists, members
 * that must be there, the usual ways to say who we are.
 */
#ifndef DNS_ANSWER_H
#define DNS_ANSWER_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "dns/provider.h"

struct dns_outgoing;
struct dns_reply;
struct headers;
struct json;

/* A JSON array that may come in pages. */
struct dns_listing {
	const char *what;              /* "list zones" */
	const char *url;               /* of the first page */
	const char *array;             /* name of the member; NULL: the answer itself */
	const struct headers *headers; /* or NULL */
	/* Heap URL or path of the page behind this one, which came from `url`; NULL: that was the
	 * last. NULL function: there is one page. */
	char *(*next)(const struct dns_reply *page, const char *url);
};
/* Calls `take` with each element. ERR_PROTOCOL: no array, and whatever dns_call() says. */
int dns_list(struct dns_session *session, const struct dns_listing *listing,
	     void (*take)(void *context, const struct json *item), void *context,
	     struct error *err) WARN_UNUSED;

/* The name that a provider means in a zone, as records have it: see dns_found_add(). Heap. */
char *dns_absolute(const char *name, const struct dns_zone *zone);

/* authorize() by the first credential as a bearer token, and by the first two as user and password
 * of HTTP's basic authentication. */
int dns_authorize_bearer(struct dns_session *session, const struct dns_outgoing *request,
			 struct headers *headers, struct error *err);
int dns_authorize_basic(struct dns_session *session, const struct dns_outgoing *request,
			struct headers *headers, struct error *err);

/* What a URL template may name: {zone} and {zone_id}, {name} relative to the zone,
 * {fqdn} without a final dot, {id}. */
struct dns_url_parts {
	const struct dns_zone *zone;
	const char *name; /* absolute */
	const char *id;
	const char *apex; /* what {name} is for the zone itself; NULL: "@" */
};
/* The URL, with what is filled in escaped, but for {zone_id}. Heap. */
char *dns_url(const char *template, const struct dns_url_parts *parts);

/* Zones as objects of a list. */
struct dns_zone_calls {
	const char *url;       /* a template with {zone} that finds zones of a name, or of all */
	const char *array;     /* see dns_listing */
	const char *name, *id; /* members of an object; id may be NULL */
	char *(*next)(const struct dns_reply *page, const char *url);
	/* See dns_find_zone_at(). */
	const char *missing; /* what a 404 about a zone has in its body; NULL: nothing special */
	int denied;          /* status for wrong credentials, besides 401 */
	int none;            /* status that is as good as 404, but worth showing */
};
/* find_zone() and list_zones() by such a list, the provider's zone_calls. */
int dns_find_zone_called(struct dns_session *session, const char *name, char **ret_id,
			 struct error *err);
int dns_list_zones_called(struct dns_session *session, struct dns_zones *ret_zones,
			  struct error *err);
/* find_zone() of an API where a zone has a URL of its own, zone_calls->url: 404 says that there is
 * none. 403 and 422 may say that it is somebody else's (ERR_REFUSED), or that the name is one that
 * cannot be a zone. */
int dns_find_zone_at(struct dns_session *session, const char *name, char **ret_id,
		     struct error *err);

/* A member that is an array; `name` NULL: the whole answer. ERR_PROTOCOL, said about the call
 * `what`. */
int dns_answer_array(struct dns_session *session, const char *what, const struct dns_reply *reply,
		     const char *name, struct json **ret_array, struct error *err) WARN_UNUSED;
/* The same for a member that is an object. */
int dns_answer_object(struct dns_session *session, const char *what, const struct json *object,
		      const char *name, struct json **ret_object, struct error *err) WARN_UNUSED;
/* Removes all other members of an object. */
void dns_keep_member(struct json *object, const char *name);
/* A number or text as text; NULL when the member is missing or something else. Heap. */
char *dns_answer_id(const struct json *object, const char *name);
/* A text member, or "" when it is missing or something else. Borrowed. */
const char *dns_answer_text(const struct json *object, const char *name);

/* The page behind the one that two numbers of an object ("page", "pages") describe: `url`, which
 * has a query, with "&page=N". NULL at the end. Heap. */
char *dns_next_page(const struct json *object, const char *page, const char *pages,
		    const char *url);

/* explain() of APIs whose errors are {"message": "..."}, or {"error": {"code": "...", "message":
 * "..."}}. */
void dns_explain_message(const struct json *answer, struct strbuf *out);
void dns_explain_error(const struct json *answer, struct strbuf *out);

#endif
