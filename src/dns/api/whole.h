/*
 * APIs that can only read and write all records of a zone together. A provider gives the URL and
 * the shape of a record; this code reads the zone, changes it, writes it back, and makes sure that
 * no record is lost. A change that somebody else makes between the two calls is lost all the same,
 * since such an API has no versions.
 */
#ifndef DNS_API_WHOLE_H
#define DNS_API_WHOLE_H

#include "base/error.h"
#include "base/macros.h"
#include "dns/api/records.h"
#include "dns/provider.h"

struct dns_whole_calls {
	struct dns_record_shape shape;
	/* The members that lead to the array of records, four at most; NULL: no more. Only that
	 * array is written back. In an empty zone the last member may be null or missing. */
	const char *path[5];
	/* A member that is true in a record that cannot be written back unchanged; NULL: the API
	 * has no such records. The member itself is not written. */
	const char *unwritable;
	const char *url; /* GET reads a zone, PUT writes it: a template (dns_url() in answer.h) */
	/* Used instead of the URL: reads the zone. ERR_NOT_FOUND: there is no such zone. */
	int (*read)(struct dns_session *session, const struct dns_zone *zone,
		    struct json **ret_contents, struct error *err);
	/* Used instead of the URL: writes the zone. `what` is that of struct dns_call. */
	int (*write)(struct dns_session *session, const struct dns_zone *zone, const char *what,
		     struct json *contents, struct error *err);
};

/* A find_zone() that reads the zone. Never asks for a top-level domain. Refuses a zone that cannot
 * be written back without loss, since this is called before the CA is asked. */
int dns_find_zone_whole(struct dns_session *session, const char *name, char **ret_id,
			struct error *err);

/* A present() for such an API. Writes nothing and fails with ERR_PROTOCOL if a record lacks its
 * name, type or value (then the zone was not read completely), and with ERR_CONFIG if a record is
 * `unwritable`. */
int dns_present_whole(struct dns_session *session, const struct dns_batch *batch,
		      struct error *err) WARN_UNUSED;
/* A cleanup() for such an API, with the same errors. */
int dns_cleanup_whole(struct dns_session *session, const struct dns_batch *batch,
		      struct error *err) WARN_UNUSED;

#endif
