/*
 * A zone, and the records that a provider is asked to put into it. Comes with provider.h.
 */
#ifndef DNS_ZONE_H
#define DNS_ZONE_H

#include <stddef.h>

#include "base/error.h"

/* One TXT value. The provider reads all but `id`, which is its own: what cleanup may use to find
 * the record again (heap; NULL: look it up); and `error`, set when this record alone has failed. */
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
