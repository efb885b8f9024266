/*
 * Changes at providers, with all records of a zone in one call. Internal to dns/.
 */
#ifndef DNS_CHALLENGE_CHANGE_H
#define DNS_CHALLENGE_CHANGE_H

#include <stddef.h>

#include "base/error.h"
#include "dns/provider.h"

/* A record and where it goes. */
struct dns_placement {
	struct dns_record record;
	struct dns_session *session;
	const struct dns_zone *zone; /* borrowed from the session */
	struct error error;          /* of the last change */
};

/* Frees the placement; session and zone are borrowed. */
void dns_placement_free(struct dns_placement *placement);

enum dns_change_kind {
	DNS_PRESENT,
	DNS_CLEANUP,
};

/* Sorts the placements and makes one call per session and zone, several at the same time. A zone
 * with more records than the provider accepts at once gets several calls, one after the other. A
 * failed call sets the error of all its placements; the others continue. */
void dns_change(struct dns_placement **placements, size_t count, enum dns_change_kind kind);

#endif
