/*
 * What the plugins of services behind a vendor's API share: one session for an instance, and the
 * secrets of a log-in.
 */
#ifndef CLOUD_VENDOR_H
#define CLOUD_VENDOR_H

#include <stdbool.h>

#include "base/secret.h"
#include "dns/provider.h"
#include "plugin/plugin.h"

/* The session of the instance (its state), which is opened at the first call and stays the
 * instance's own. Errors are those of the API's open(). */
int vendor_session(struct plugin_instance *instance, const struct dns_provider *api,
		   struct dns_session **ret_session, struct error *err) WARN_UNUSED;

/* The close() of these plugins. */
void vendor_close(struct plugin_instance *instance);

/* Reads a token: the first line of a file. ERR_CONFIG: it is empty; ERR_NOT_FOUND, ERR_IO. The text
 * says that the log-in at `service` failed. */
int vendor_read_token(const char *path, const char *service, struct secret *ret_token,
		      struct error *err) WARN_UNUSED;
/* Reads a private key unchanged (PEM). ERR_NOT_FOUND, ERR_IO. */
int vendor_read_key(const char *path, struct secret *ret_key, struct error *err) WARN_UNUSED;

/* True when one of the names of a certificate is good for the domain: itself, or with a wildcard in
 * place of its first label. Both in lower case. */
bool vendor_covers(const struct strvec *names, const char *domain);
/* True when one of the domains can be served with that name of a certificate. */
bool vendor_serves(const struct strvec *domains, const char *name);

#endif
