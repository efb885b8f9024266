/*
 * Workload identity federation of Google (https://cloud.google.com/iam/docs/workload-identity-federation):
 * a token of another identity provider is exchanged for one of Google's (RFC 8693), and that, where
 * the credentials say so, for one of a service account.
 */
#ifndef DNS_PROVIDERS_GOOGLE_FEDERATION_H
#define DNS_PROVIDERS_GOOGLE_FEDERATION_H

#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/secret.h"

struct dns_session;
struct json;

/* Gets an access token by a file of type external_account; `ret_expires`: Unix seconds. The other
 * token is read from a file or from a URL. ERR_CONFIG: the file names another source. Errors of
 * dns_call(), ERR_IO, ERR_PROTOCOL. */
int google_federation_token(struct dns_session *session, const struct json *file, const char *scope,
			    struct secret *ret_token, int64_t *ret_expires,
			    struct error *err) WARN_UNUSED;

#endif
