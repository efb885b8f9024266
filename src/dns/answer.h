/*
 * What providers' APIs have in common: lists over several pages, one record per value with an id of
 * its own, members that must be there, the usual ways to say who we are.
 */
#ifndef DNS_ANSWER_H
#define DNS_ANSWER_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "dns/provider.h"

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

/* Which records of a batch a provider has. */
struct dns_found {
	const struct dns_batch *batch;
	struct strvec keys; /* name and value of those seen */
	struct strvec ids;  /* the provider's, one for each listed record that is the batch's */
};
#define DNS_FOUND_INIT(batch_)                                                                     \
	{                                                                                          \
		.batch = (batch_), .keys = STRVEC_INIT, .ids = STRVEC_INIT                         \
	}
void dns_found_release(struct dns_found *found);
DEFINE_AUTO(dns_found, dns_found_release);

/* Takes notice of a listed TXT record. `name` may be relative to the zone ("", "@", "www"), or
 * absolute when it ends in a dot or in the zone's name; `value` may be in quotes. */
void dns_found_add(struct dns_found *found, const char *name, const char *value, const char *id);
/* The same for an object with "id", and "type" where it is not TXT, and these two members. */
void dns_found_add_json(struct dns_found *found, const struct json *object, const char *name,
			const char *value);
bool dns_found_has(const struct dns_found *found, const struct dns_record *record);

/* The calls of an API that keeps one record per value. */
struct dns_record_calls {
	/* dns_found_add() for each TXT record of the zone, or of the batch's names. */
	int (*list)(struct dns_session *session, struct dns_found *found, struct error *err);
	/* The path to post a new record to, and that of an existing one. Heap. */
	char *(*new_url)(const struct dns_session *session, const struct dns_zone *zone);
	char *(*url)(const struct dns_session *session, const struct dns_zone *zone,
		     const char *id);
	/* The new record as it is posted. The caller frees it. */
	struct json *(*body)(const struct dns_session *session, const struct dns_zone *zone,
			     const struct dns_record *record);
	/* Called when all is added or removed. May be NULL. */
	int (*finish)(struct dns_session *session, const struct dns_zone *zone, struct error *err);
};
/* present() and cleanup() of such an API: both look at what is there first, so that nothing is
 * added twice, and whatever an earlier attempt left is found. */
int dns_present_records(struct dns_session *session, const struct dns_batch *batch,
			struct error *err) WARN_UNUSED;
int dns_cleanup_records(struct dns_session *session, const struct dns_batch *batch,
			struct error *err) WARN_UNUSED;

/* The name that a provider means in a zone, as records have it: see dns_found_add(). Heap. */
char *dns_absolute(const char *name, const struct dns_zone *zone);

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

/* explain() of APIs whose errors are {"message": "..."}. */
void dns_explain_message(const struct json *answer, struct strbuf *out);

#endif
