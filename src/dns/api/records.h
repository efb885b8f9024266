/*
 * APIs that keep one record per value, each with an id of its own. A provider says how a record is
 * written and where records are listed, made and removed; the rest is here.
 */
#ifndef DNS_API_RECORDS_H
#define DNS_API_RECORDS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strvec.h"
#include "dns/provider.h"

struct dns_reply;
struct json;

/* How an API writes a record: the members of the object. */
struct dns_record_shape {
	const char *type; /* that says "TXT"; NULL: "type" */
	int type_number;  /* its value where types are numbers; 0: they are texts */
	const char *name, *value;
	const char *ttl; /* NULL: there is none */
	const char *id;  /* NULL: "id" */
	bool has_no_id;  /* the object itself, as text, is the id: dns_record_of_id() */
	/* Names are relative to the zone, which is written like this ("@", ""). NULL: they are
	 * absolute. */
	const char *apex;
	bool has_dot;   /* absolute names end in a dot */
	bool is_quoted; /* values are in quotes */
	bool ttl_is_text;
	bool value_is_array;  /* of strings, of which new records have one */
	const char *extra[2]; /* a member that new records have besides, and its text; or NULL */
};
/* The name as records of that shape have it. Heap. */
char *dns_record_name(const struct dns_record_shape *shape, const struct dns_zone *zone,
		      const char *name);
/* The object of a new record. The caller frees it. */
struct json *dns_record_object(const struct dns_record_shape *shape, const struct dns_zone *zone,
			       const struct dns_record *record, int ttl);

/* Reads back the object that serves as an id; the caller frees it. */
struct json *dns_record_of_id(const char *id);

/* Which records of a batch a provider has. */
struct dns_found {
	const struct dns_batch *batch;
	struct strvec keys; /* name and value of those seen */
	struct strvec ids;  /* the provider's, one for each listed record that is the batch's */
	char *version; /* of the zone as listed, where changes have to name it; heap, or NULL */
};
#define DNS_FOUND_INIT(batch_)                                                                     \
	{                                                                                          \
		.batch = (batch_), .keys = STRVEC_INIT, .ids = STRVEC_INIT                         \
	}

/* Frees the lists; the batch is borrowed. */
void dns_found_release(struct dns_found *found);
DEFINE_AUTO(dns_found, dns_found_release);

/* Notes a listed TXT record. `name` may be relative to the zone ("", "@", ".", "www"), or absolute
 * when it ends in a dot or in the zone's name; `value` may be in quotes. */
void dns_found_add(struct dns_found *found, const char *name, const char *value, const char *id);
/* The same for an object of that shape; one of another type is skipped. */
void dns_found_add_json(struct dns_found *found, const struct json *object,
			const struct dns_record_shape *shape);
/* The same for all elements of an array, or members of an object. */
void dns_found_add_all(struct dns_found *found, const struct json *objects,
		       const struct dns_record_shape *shape);

/* Returns true when the provider has this record. */
bool dns_found_has(const struct dns_found *found, const struct dns_record *record);

/* The calls of such an API. URLs are templates (dns_url() in answer.h). */
struct dns_record_calls {
	struct dns_record_shape shape;
	const char *list_zone; /* lists what the zone has */
	const char *list_name; /* lists what one name has; NULL: the API cannot. Without list_zone
				* each name is listed, and 404 means that it has nothing. */
	const char *array;     /* of such an answer; NULL: the answer itself */
	char *(*next)(const struct dns_reply *page, const char *url); /* see dns_listing */
	const char *total;                                            /* as well */
	unsigned list_flags;                                          /* enum dns_call_flags */
	/* Takes notice of a listed element, where the shape does not tell how. */
	void (*take)(struct dns_found *found, const struct json *item);
	/* In place of these seven, where lists are of another kind: dns_found_add() for each TXT
	 * record of the batch's names. */
	int (*list)(struct dns_session *session, struct dns_found *found, struct error *err);
	const struct dns_record_shape *new_shape; /* of a new record, where that is another */
	/* The object of a new record, where the shape does not say all. The caller frees it. */
	struct json *(*object)(const struct dns_session *session, const struct dns_zone *zone,
			       const struct dns_record *record);
	const char *new_url; /* a new record is posted there, */
	bool new_by_put;     /* or put */
	const char *url;     /* of one that exists: DELETE removes it, */
	bool remove_by_post; /* or POST */
	/* Where records have no ids, and so no URLs: DELETE goes to new_url with the record. */
	bool remove_by_contents;
	const char *wrapper; /* the member of requests that has the record; NULL: all of it */
	/* In place of these two, where calls are of another kind. Objects may be changed. */
	int (*add)(struct dns_session *session, const struct dns_zone *zone, struct json *object,
		   struct error *err);
	int (*remove)(struct dns_session *session, const struct dns_zone *zone, const char *id,
		      struct error *err);
	/* And where one call adds or removes several: at least one, row.max_batch at most. */
	int (*add_all)(struct dns_session *session, const struct dns_zone *zone,
		       struct json *objects, struct error *err);
	int (*remove_all)(struct dns_session *session, const struct dns_found *found,
			  struct error *err);
	/* Or one function for both, where records have no ids: for new objects, or listed ones. */
	int (*change_all)(struct dns_session *session, const struct dns_zone *zone,
			  struct json *objects, bool is_removal, struct error *err);
	/* Or one call for both that names what was listed (`found->version`): for new objects, or
	 * the ids of what is to go. */
	int (*edit)(struct dns_session *session, const struct dns_found *found,
		    const struct json *changes, bool is_removal, struct error *err);
	/* Called when all is added or removed. May be NULL. */
	int (*finish)(struct dns_session *session, const struct dns_zone *zone, struct error *err);
};
/* The records of the batch that were found, or were not, as an array of objects. The caller frees
 * it. */
struct json *dns_pick_records(const struct dns_session *session, const struct dns_found *found,
			      bool that_are_there);

/* A present() for such an API: looks at what exists first, so that nothing is added twice. */
int dns_present_records(struct dns_session *session, const struct dns_batch *batch,
			struct error *err) WARN_UNUSED;
/* A cleanup() for such an API: looks at what exists first, so that it also finds what an earlier
 * attempt left. */
int dns_cleanup_records(struct dns_session *session, const struct dns_batch *batch,
			struct error *err) WARN_UNUSED;

#endif
