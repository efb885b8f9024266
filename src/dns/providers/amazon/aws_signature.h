/*
 * Signature version 4 of Amazon Web Services
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */
#ifndef DNS_PROVIDERS_AMAZON_AWS_SIGNATURE_H
#define DNS_PROVIDERS_AMAZON_AWS_SIGNATURE_H

#include <stdint.h>

#include "base/macros.h"
#include "base/secret.h"

struct dns_outgoing;
struct headers;

/* The keys that sign a request. */
struct aws_keys {
	struct secret id, secret;
	struct secret token; /* of a session; empty: the keys are permanent */
	int64_t expires;     /* Unix seconds; 0: never */
};

/* Wipes and frees the keys. */
void aws_keys_release(struct aws_keys *keys);
DEFINE_AUTO(aws_keys, aws_keys_release);

/* Copies; `token` may be NULL. */
void aws_keys_set(struct aws_keys *keys, const char *id, const char *secret, const char *token);
/* A variable of the environment; NULL when it is unset or empty. */
const char *aws_variable(const char *name);

/* Where and when a signature is good. */
struct aws_scope {
	const char *region, *service;
	int64_t now; /* Unix seconds */
};

/* Adds X-Amz-Date, X-Amz-Security-Token where there is one, and Authorization, which covers the
 * host and all X-Amz-* fields that are in the headers. The URL must be a valid one, its path and
 * query in percent-encoded form. */
void aws_sign(const struct aws_keys *keys, const struct aws_scope *scope,
	      const struct dns_outgoing *request, struct headers *headers);

#endif
