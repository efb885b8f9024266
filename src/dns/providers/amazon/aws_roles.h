/*
 * Roles of Amazon Web Services: keys for an hour from its Security Token Service
 * (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html).
 */
#ifndef DNS_PROVIDERS_AMAZON_AWS_ROLES_H
#define DNS_PROVIDERS_AMAZON_AWS_ROLES_H

#include "base/error.h"
#include "base/macros.h"
#include "dns/providers/amazon/aws_signature.h"

struct dns_session;

/* Which role, and who wants it: `keys` or `web_identity`. Texts may be NULL but for the first. */
struct aws_role {
	const char *arn;
	const struct aws_keys *keys; /* of a user that may take the role on */
	const char *web_identity;    /* a token that proves another identity */
	const char *session_name;    /* NULL: one of ours */
	const char *external_id;
};

/* Asks for the role's keys. Errors of dns_call(), ERR_PROTOCOL. */
int aws_assume_role(struct dns_session *session, const struct aws_role *role,
		    struct aws_keys *ret_keys, struct error *err) WARN_UNUSED;

#endif
