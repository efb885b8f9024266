/*
 * Opens and closes sessions (struct dns_session of provider.h). Used by dns/ and the plugins of
 * cloud/.
 */
#ifndef DNS_SESSION_H
#define DNS_SESSION_H

#include "dns/provider.h"

/* Reads the credentials that the settings name and logs in. Settings are copied. ERR_CONFIG, and
 * whatever the provider's open() finds. */
int dns_session_open(const struct dns_provider *provider, const struct plugin_host *host,
		     const struct settings *settings, struct dns_session **ret_session,
		     struct error *err) WARN_UNUSED;

/* Calls the provider's close() and frees the session. NULL is allowed. */
void dns_session_free(struct dns_session *session);
DEFINE_AUTO_PTR(dns_session, dns_session_free);

#endif
