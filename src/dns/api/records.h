/*
 * APIs that keep one record per value, each with an id of its own. A provider describes how it
 * writes a record and the URLs that list, add and remove records; this code does the rest.
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

/* How an API writes a record: the names of the object's members, and the forms of their values. */
struct dns_record_shape {
	const char *type; /* the member with "TXT"; NULL: "type" */
	int type_number;  /* the number for TXT, if types are numbers; 0: types are texts */
	const char *name, *value;
	const char *ttl; /* NULL: records have no TTL */
	const char *id;  /* NULL: "id" */
	bool has_no_id;  /* the object itself, as text, is the id: dns_record_of_id() */
	/* Names are relative to the zone, and this is the name of the zone itself ("@", ""). NULL:
	 * names are absolute. */
	const char *apex;
	bool has_dot;   /* absolute names end in a dot */
	bool is_quoted; /* values are in quotes */
	bool ttl_is_text;
	bool value_is_array;  /* of strings; new records have one */
	const char *extra[2]; /* another member of new records and its text, or NULL */
};
/* Returns the name in that form. Heap. */
char *dns_record_name(const struct dns_record_shape *shape, const struct dns_zone *zone,
		      const char *name);
/* Returns the object for a new record. The caller frees it. */
struct json *dns_record_object(const struct dns_record_shape *shape, const struct dns_zone *zone,
			       const struct dns_record *record, int ttl);

/* Parses an id that is an object in text form (`has_no_id`). The caller frees the object. */
struct json *dns_record_of_id(const char *id);

/* The records of a batch that exist at the provider. */
struct dns_found {
	const struct dns_batch *batch;
	struct strvec keys; /* name and value of each */
	struct strvec ids;  /* the provider's id of each */
	char *version;      /* of the listed zone, if a change must name it; heap, or NULL */
};
#define DNS_FOUND_INIT(batch_)                                                                     \
	{                                                                                          \
		.batch = (batch_), .keys = STRVEC_INIT, .ids = STRVEC_INIT                         \
	}

/* Frees the lists; the batch is borrowed. */
void dns_found_release(struct dns_found *found);
DEFINE_AUTO(dns_found, dns_found_release);

/* Adds a listed TXT record if it is one of the batch. `name` may be relative to the zone ("", "@",
 * ".", "www"); it is absolute if it ends in a dot or in the zone's name. `value` may be in
 * quotes. */
void dns_found_add(struct dns_found *found, const char *name, const char *value, const char *id);
/* Does the same for an object of that shape; skips records of another type. */
void dns_found_add_json(struct dns_found *found, const struct json *object,
			const struct dns_record_shape *shape);
/* Does the same for all elements of an array, or all members of an object. */
void dns_found_add_all(struct dns_found *found, const struct json *objects,
		       const struct dns_record_shape *shape);

/* Returns true if the record exists at the provider. */
bool dns_found_has(const struct dns_found *found, const struct dns_record *record);

/* The calls of such an API. URLs are templates (dns_url() in answer.h). */
struct dns_record_calls {
	struct dns_record_shape shape;
	const char *list_zone; /* lists the records of the zone */
	/* Lists the records of one name; NULL: the API cannot. If only this one is set, each name
	 * is listed, and 404 means that it has no records. */
	const char *list_name;
	const char *array; /* the member with the records; NULL: the answer itself is the array */
	char *(*next)(const struct dns_reply *page, const char *url); /* see struct dns_listing */
	const char *total;                                            /* see struct dns_listing */
	unsigned list_flags;                                          /* enum dns_call_flags */
	/* Adds a listed element to `found`, if the shape is not enough to do that. */
	void (*take)(struct dns_found *found, const struct json *item);
	/* Replaces all of the above for other kinds of lists: calls dns_found_add() for each TXT
	 * record of the batch's names. */
	int (*list)(struct dns_session *session, struct dns_found *found, struct error *err);
	const struct dns_record_shape *new_shape; /* of new records, if different */
	/* Makes the object for a new record, if a shape is not enough. The caller frees it. */
	struct json *(*object)(const struct dns_session *session, const struct dns_zone *zone,
			       const struct dns_record *record);
	const char *new_url; /* where to POST a new record */
	bool new_by_put;     /* PUT it instead */
	const char *url;     /* of an existing record: DELETE removes it */
	bool remove_by_post; /* POST removes it instead */
	/* Records have no ids, and so no URLs: DELETE is sent to new_url, with the record. */
	bool remove_by_contents;
	const char *wrapper; /* the member of a request with the record; NULL: the record alone */
	/* These two replace the URLs for other kinds of calls. They may change the object. */
	int (*add)(struct dns_session *session, const struct dns_zone *zone, struct json *object,
		   struct error *err);
	int (*remove)(struct dns_session *session, const struct dns_zone *zone, const char *id,
		      struct error *err);
	/* These two add or remove several records in one call: from 1 to the row's max_batch. */
	int (*add_all)(struct dns_session *session, const struct dns_zone *zone,
		       struct json *objects, struct error *err);
	int (*remove_all)(struct dns_session *session, const struct dns_found *found,
			  struct error *err);
	/* One function for both, if records have no ids: gets new objects, or the listed ones to
	 * remove. */
	int (*change_all)(struct dns_session *session, const struct dns_zone *zone,
			  struct json *objects, bool is_removal, struct error *err);
	/* One function for both, if a change must name the version of the zone that was listed
	 * (`found->version`): gets new objects, or the ids to remove. */
	int (*edit)(struct dns_session *session, const struct dns_found *found,
		    const struct json *changes, bool is_removal, struct error *err);
	/* Called after all records have been added or removed. May be NULL. */
	int (*finish)(struct dns_session *session, const struct dns_zone *zone, struct error *err);
};
/* Returns the records of the batch that exist, or those that do not, as an array of objects. The
 * caller frees it. */
struct json *dns_pick_records(const struct dns_session *session, const struct dns_found *found,
			      bool that_are_there);

/* A present() for such an API. Lists the existing records first, so that none is added twice. */
int dns_present_records(struct dns_session *session, const struct dns_batch *batch,
			struct error *err) WARN_UNUSED;
/* A cleanup() for such an API. Lists the existing records first, so that it also removes those that
 * an earlier attempt left behind. */
int dns_cleanup_records(struct dns_session *session, const struct dns_batch *batch,
			struct error *err) WARN_UNUSED;

#endif
