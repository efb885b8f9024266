/*
 * Workload identity federation of Google (https://cloud.google.com/iam/docs/workload-identity-federation):
 * a token of another identity provider is exchanged for one of Google's (RFC 8693), and that, where
 * the credentials say so, for one of a service account.
 */
#ifndef DNS_PROVIDERS_GOOGLE_GOOGLE_FEDERATION_H
#define DNS_PROVIDERS_GOOGLE_GOOGLE_FEDERATION_H

#include "base/error.h"
#include "base/macros.h"
#include "dns/api/token.h"

struct dns_session;
struct json;

/* Gets an access token by a file of type external_account. The token of the other identity is in a
 * file or at a URL. ERR_CONFIG: the file names another source. Errors of dns_call(), ERR_IO,
 * ERR_PROTOCOL. */
int google_federation_token(struct dns_session *session, const struct json *file, const char *scope,
			    struct dns_token *ret_token, struct error *err) WARN_UNUSED;

#endif
