/*
 * APIs that give and take all records of a zone together: the zone is read, changed and written
 * back. A provider says where, and how a record is written; this code sees to it that none is lost.
 * What others write between the two calls is lost all the same, for such an API knows no versions.
 */
#ifndef DNS_API_WHOLE_H
#define DNS_API_WHOLE_H

#include "base/error.h"
#include "base/macros.h"
#include "dns/api/records.h"
#include "dns/provider.h"

struct dns_whole_calls {
	struct dns_record_shape shape;
	/* The members that lead to the array of records, four at most; NULL: no more. Only what
	 * they lead to is written back. Without records the last one may be null or missing. */
	const char *path[5];
	/* A member that says "true" of a record which writing would change all the same; NULL: none.
	 * It is not written. */
	const char *unwritable;
	const char *url; /* GET reads a zone, PUT writes it: a template (dns_url() in answer.h) */
	/* In place of it: reads what a zone has. ERR_NOT_FOUND: there is no such zone. */
	int (*read)(struct dns_session *session, const struct dns_zone *zone,
		    struct json **ret_contents, struct error *err);
	/* Writes it; `what` is for struct dns_call. */
	int (*write)(struct dns_session *session, const struct dns_zone *zone, const char *what,
		     struct json *contents, struct error *err);
};

/* A find_zone() that reads the zone; no top-level domain is one. One that could not be written
 * without a loss is refused there already, before the CA is asked. */
int dns_find_zone_whole(struct dns_session *session, const char *name, char **ret_id,
			struct error *err);

/* A present() for such an API. Nothing is written: ERR_PROTOCOL: what was read cannot be all, since
 * a record lacks its name, type or value; ERR_CONFIG: a record is `unwritable`. */
int dns_present_whole(struct dns_session *session, const struct dns_batch *batch,
		      struct error *err) WARN_UNUSED;
/* A cleanup() for such an API. The same errors. */
int dns_cleanup_whole(struct dns_session *session, const struct dns_batch *batch,
		      struct error *err) WARN_UNUSED;

#endif
