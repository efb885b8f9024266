/*
 * What was observed of a service that should present the certificate: part of the fact sheet
 * (facts.h).
 */
#ifndef APP_WHY_FACT_SERVICE_H
#define APP_WHY_FACT_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/http/starttls.h"

enum probe_outcome {
	PROBE_NONE, /* was not asked, or the result is unknown */
	PROBE_REFUSED,
	PROBE_SILENT,      /* no connection within the time */
	PROBE_UNREACHABLE, /* this machine has no route there: tells nothing about the CA's view */
	PROBE_BROKEN,      /* connected, but did not speak HTTP */
	PROBE_ANSWERED,
};

enum service_shows {
	SERVICE_SHOWS_NOTHING, /* or nothing that tells us anything */
	SERVICE_SHOWS_CURRENT,
	SERVICE_SHOWS_FORMER, /* an earlier one of the lineage */
	SERVICE_SHOWS_ANOTHER,
};

/* A socket that should present the certificate: a place of --prove, or one that an installer
 * knows. */
struct fact_service {
	char *address; /* may be a name, if it comes from --prove */
	unsigned port;
	enum starttls starttls;
	bool proxy_protocol;
	char *host;    /* the name sent as SNI */
	bool is_named; /* by --prove */
	unsigned key;  /* of the client, as in struct probe */
	enum probe_outcome outcome;
	char *error; /* the error, if there was no certificate */
	char *leaf;  /* the certificate presented, as PEM, or NULL */
	enum service_shows shows;
	char *serial;  /* of an earlier certificate, in hex; NULL: unknown */
	int64_t since; /* when its successor was issued; 0: unknown */
};

#endif
