/*
 * A zone, and the records to put into it. Included by provider.h.
 */
#ifndef DNS_ZONE_H
#define DNS_ZONE_H

#include <stddef.h>

#include "base/error.h"

/* One TXT value. The provider may set `id` (heap), so that cleanup finds the record again; NULL
 * means that it has to look it up. It sets `error` if only this record failed. */
struct dns_record {
	char *name;   /* lower case, no final dot; the target of aliases, if any */
	char *value;  /* without quotes */
	char *domain; /* the identifier that it is about, without "*." */
	char *id;
	struct error error;
};

/* The records of a batch that share a name. */
struct dns_set {
	const char *name;
	struct dns_record **records;
	size_t count;
};

struct dns_zone {
	char *name; /* lower case, no final dot */
	char *id;   /* the provider's name for it; NULL where it has none */
};

#endif
