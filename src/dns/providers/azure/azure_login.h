/*
 * Logging in at Azure: who we are and where that is asked; nobody else than azure.c includes this.
 */
#ifndef DNS_PROVIDERS_AZURE_AZURE_LOGIN_H
#define DNS_PROVIDERS_AZURE_AZURE_LOGIN_H

#include "base/error.h"
#include "base/macros.h"
#include "dns/api/token.h"

struct azure_identity;
struct dns_session;

/* Azure is several clouds. */
struct azure_cloud {
	const char *name, *authority, *management; /* URLs without final slash */
};

/* State of a session. */
struct azure {
	const struct azure_cloud *cloud;
	const struct azure_identity *identity;
	struct dns_token token;
};

/* Chooses cloud and identity by the credentials. ERR_CONFIG: none, several, or something of it is
 * missing. */
int azure_login_choose(const struct dns_session *session, struct azure *azure,
		       struct error *err) WARN_UNUSED;
/* Gets a token when there is none that lasts. */
int azure_login(struct dns_session *session, struct error *err) WARN_UNUSED;

#endif
