/*
 * Where the keys for Amazon Web Services come from, in the order in which Amazon's own tools look
 * (https://boto3.amazonaws.com/v1/documentation/api/latest/guide/credentials.html): environment,
 * role of a profile, role of a web identity, keys of a profile, container, machine.
 */
#ifndef DNS_PROVIDERS_AMAZON_AWS_CREDENTIALS_H
#define DNS_PROVIDERS_AMAZON_AWS_CREDENTIALS_H

#include "base/error.h"
#include "base/macros.h"
#include "dns/providers/amazon/aws_signature.h"

struct dns_session;

/* Finds keys and, in *ret_region (heap), the region that the user works in; NULL: not said.
 * Secrets are hidden in messages of the session from then on. `needed` says what the policy of the
 * keys must allow, for the hint. ERR_CONFIG: there are none, or what was found cannot be used;
 * each with what to do. */
int aws_credentials_find(struct dns_session *session, const char *needed, struct aws_keys *ret_keys,
			 char **ret_region, struct error *err) WARN_UNUSED;

#endif
