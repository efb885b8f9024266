/*
 * What was seen of a service that shows the certificate: a part of the fact sheet (facts.h).
 */
#ifndef APP_WHY_FACT_SERVICE_H
#define APP_WHY_FACT_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/http/starttls.h"

enum probe_outcome {
	PROBE_NONE, /* was not asked, or nothing is known */
	PROBE_REFUSED,
	PROBE_SILENT,      /* no connection within the time */
	PROBE_UNREACHABLE, /* this machine has no way there: tells nothing about the CA's */
	PROBE_BROKEN,      /* connected, but no HTTP */
	PROBE_ANSWERED,
};

enum service_shows {
	SERVICE_SHOWS_NOTHING, /* that is known, or that says anything */
	SERVICE_SHOWS_CURRENT,
	SERVICE_SHOWS_FORMER, /* one that the lineage had before */
	SERVICE_SHOWS_ANOTHER,
};

/* A socket where the certificate should be shown: of --prove, or known to an installer. */
struct fact_service {
	char *address; /* of --prove perhaps a name */
	unsigned port;
	enum starttls starttls;
	bool proxy_protocol;
	char *host;    /* the name that is asked for */
	bool is_named; /* by --prove */
	enum probe_outcome outcome;
	char *error; /* text, when there was no certificate */
	char *leaf;  /* PEM that was shown, or NULL */
	enum service_shows shows;
	char *serial;  /* of a former one, in hex; NULL: unknown */
	int64_t since; /* when the next was issued; 0: unknown */
};

#endif
