/*
 * APIs that keep all values of a name in one set. A provider says where a set is read and how it is
 * changed; this code takes care of existing values and those of others.
 */
#ifndef DNS_API_SETS_H
#define DNS_API_SETS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strvec.h"
#include "dns/provider.h"

struct dns_reply;
struct json;

/* A change of the set of a name. Values are plain, without quotes. */
struct dns_set_change {
	const struct dns_zone *zone;
	const struct dns_set *set;
	bool is_removal;
	struct strvec there; /* values before */
	struct strvec ours;  /* those of the batch to put in, or to take out: at least one */
	struct strvec after; /* all that it should have; none: the set is removed */
	int64_t ttl;         /* that of the set; the provider's when it is new */
	char *id;            /* the provider's for a set that is there, or NULL */
};

/* The calls of such an API. URLs are templates (dns_url() in answer.h). */
struct dns_set_calls {
	const char *url;   /* of a set; 404: there is none */
	const char *array; /* the answer's list of sets, where that is what the URL gives ... */
	const char *name;  /* ... and its elements' name; NULL: "name" */
	const char *id;    /* ... and id, {id} in `old_url`; NULL: they have none */
	char *(*next)(const struct dns_reply *page, const char *url); /* as in dns_listing */
	const char *path[3]; /* the members that lead to the array of values; NULL: no more */
	const char *value;   /* of an element, a text or texts; NULL: elements are texts */
	const char *ttl;     /* next to the array, or in its elements; NULL: none */
	/* Makes the body to send, with all values. The caller frees it. */
	struct json *(*body)(const struct dns_session *session,
			     const struct dns_set_change *change);
	const char *new_url; /* a new set is posted there; NULL: put to `old_url` */
	const char *old_url; /* of one that exists: PUT, DELETE; NULL: `url` */
	bool by_patch;       /* PATCH instead of PUT */
	/* In place of these: changes one set; or, where one request can change all of a zone, all
	 * of them. */
	int (*change)(struct dns_session *session, const struct dns_set_change *change,
		      struct error *err);
	int (*change_all)(struct dns_session *session, const struct dns_set_change *changes,
			  size_t count, struct error *err);
};
/* A present() for such an API. */
int dns_present_sets(struct dns_session *session, const struct dns_batch *batch,
		     struct error *err) WARN_UNUSED;

/* A cleanup() for such an API. */
int dns_cleanup_sets(struct dns_session *session, const struct dns_batch *batch,
		     struct error *err) WARN_UNUSED;

/* URL of the set, with a suffix. Heap. */
char *dns_set_url(const struct dns_session *session, const struct dns_set_change *change,
		  const char *tail);
/* Returns {"name": ..., "type": "TXT", "ttl": ...}, the name absolute; the caller frees it. */
struct json *dns_set_object(const struct dns_set_change *change, bool has_dot);
/* Values in quotes as an array: of texts, or of objects with that member. Long ones are several
 * strings of at most 255 bytes, as in DNS. The caller frees it. */
struct json *dns_quoted_values(const struct strvec *values, const char *member);
/* The same without quotes. */
struct json *dns_plain_values(const struct strvec *values, const char *member);
/* These strings of one value, as an array. The caller frees it. */
struct json *dns_string_parts(const char *value);

#endif
