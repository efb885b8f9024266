/*
 * The CAs that have a public test server (see rehearsal.h). --dry-run never falls back on a
 * production server: a rehearsal must not count against rate limits.
 */
#include "app/issue/rehearsal.h"

#include <string.h>

#include "base/macros.h"
#include "config/servers.h"

static const struct {
	const char *production, *staging;
} cas[] = {
	{SERVER_LETSENCRYPT, SERVER_LETSENCRYPT_STAGING},
	{SERVER_LETSENCRYPT_V1, SERVER_LETSENCRYPT_STAGING},
	{"https://dv.acme-v02.api.pki.goog/directory",
	 "https://dv.acme-v02.test-api.pki.goog/directory"},
	{"https://api.buypass.com/acme/directory", "https://api.test4.buypass.no/acme/directory"},
};

/* A server that is not in the list has no test server that we know of. The caller then refuses
 * instead of asking the real one. */
const char *rehearsal_server(const char *server_url)
{
	for (size_t i = 0; i < ARRAY_LEN(cas); i++)
		if (strcmp(cas[i].production, server_url) == 0 ||
		    strcmp(cas[i].staging, server_url) == 0)
			return cas[i].staging;
	return NULL;
}
