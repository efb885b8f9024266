/*
 * Addresses of APIs that depend on credentials.
 */
#ifndef DNS_ENDPOINT_H
#define DNS_ENDPOINT_H

#include "base/error.h"
#include "base/macros.h"

struct dns_session;

/* Sets the base of URLs by the row's `endpoint`. ERR_CONFIG: it is no URL, or no host name. */
int dns_find_endpoint(struct dns_session *session, struct error *err) WARN_UNUSED;
/* Sets what every query has by the row's `query`. */
void dns_add_query(struct dns_session *session);
/* For open(), where the row does not say all: the address in that credential, with `path` behind
 * it, becomes the base of URLs. Without the credential the provider's own stays. ERR_CONFIG: it is
 * no URL. */
int dns_use_endpoint(struct dns_session *session, const char *key, const char *path,
		     struct error *err) WARN_UNUSED;

#endif
