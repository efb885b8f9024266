/*
 * APIs that keep all values of a name in one record set. A provider describes how to read and
 * change a set; this code preserves the values that the set already has.
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

/* A change to the set of one name. Values have no quotes. */
struct dns_set_change {
	const struct dns_zone *zone;
	const struct dns_set *set;
	bool is_removal;
	struct strvec there; /* the values before the change */
	struct strvec ours;  /* the values of the batch to add or remove: at least one */
	struct strvec after; /* the values after the change; none: the set is removed */
	int64_t ttl;         /* of the existing set, or the provider's for a new one */
	char *id;            /* the provider's id of an existing set, or NULL */
};

/* The calls of such an API. URLs are templates (dns_url() in answer.h). */
struct dns_set_calls {
	const char *url; /* reads a set; 404: there is none */
	/* If the URL returns a list of sets: the member with that list, the member of a set with
	 * its name (NULL: "name"), and the one with its id, for {id} in `old_url` (NULL: none). */
	const char *array, *name, *id;
	char *(*next)(const struct dns_reply *page, const char *url); /* see struct dns_listing */
	const char *path[3]; /* the members that lead to the array of values; NULL: no more */
	const char *value;   /* the member with an element's value or values; NULL: it is a text */
	const char *ttl;     /* the member with the TTL, next to the array or in its elements */
	/* Makes the request body, with all values. The caller frees it. */
	struct json *(*body)(const struct dns_session *session,
			     const struct dns_set_change *change);
	const char *new_url; /* where to POST a new set; NULL: PUT it to `old_url` */
	const char *old_url; /* of an existing set, for PUT and DELETE; NULL: `url` */
	bool by_patch;       /* PATCH instead of PUT */
	/* These replace body() and the URLs: the first changes one set, the second all sets of a
	 * zone in one request. */
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

/* Returns the URL of the set with `tail` appended. Heap. */
char *dns_set_url(const struct dns_session *session, const struct dns_set_change *change,
		  const char *tail);
/* Returns {"name": ..., "type": "TXT", "ttl": ...} with an absolute name; the caller frees it. */
struct json *dns_set_object(const struct dns_set_change *change, bool has_dot);
/* Returns an array of the values in quotes: as texts, or as objects with that member. A long value
 * becomes several strings of at most 255 bytes, as in DNS. The caller frees the array. */
struct json *dns_quoted_values(const struct strvec *values, const char *member);
/* Does the same without quotes. */
struct json *dns_plain_values(const struct strvec *values, const char *member);
/* Returns the strings of one value as an array, which the caller frees. */
struct json *dns_string_parts(const char *value);

#endif
