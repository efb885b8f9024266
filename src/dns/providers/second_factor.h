/*
 * The second factor of accounts: one-time passwords (crypto/totp.h) of the credential
 * "shared_secret".
 */
#ifndef DNS_PROVIDERS_SECOND_FACTOR_H
#define DNS_PROVIDERS_SECOND_FACTOR_H

#include "base/error.h"
#include "base/macros.h"

struct dns_session;

/* An open() for sessions that keep nothing but a token: refuses a secret that is not base32.
 * ERR_CONFIG. */
int second_factor_open(struct dns_session *session, struct error *err);

/* Gives a password to the provider. ERR_CONFIG: it is wrong, or used up. */
typedef int second_factor_fn(struct dns_session *session, const char *password, void *context,
			     struct error *err);
/* Calls `give` with the password of now, and once more with the next one. ERR_CONFIG: there is no
 * secret. The errors of `give`; ERR_CANCELLED. */
int second_factor_give(struct dns_session *session, second_factor_fn *give, void *context,
		       struct error *err) WARN_UNUSED;

#endif
