/*
 * Keys that Amazon Web Services hand to the machine or container we run in.
 */
#ifndef DNS_PROVIDERS_AMAZON_AWS_METADATA_H
#define DNS_PROVIDERS_AMAZON_AWS_METADATA_H

#include "base/error.h"
#include "base/macros.h"
#include "dns/providers/amazon/aws_signature.h"

struct dns_session;
struct json;

/* Keys as the services below write them, {"AccessKeyId", "SecretAccessKey", "Token", "Expiration"};
 * `token` is the name of the third. Returns 1; ERR_PROTOCOL, said about the call `what`. */
int aws_take_keys(struct dns_session *session, const char *what, const struct json *answer,
		  const char *token, struct aws_keys *ret_keys, struct error *err) WARN_UNUSED;

/* Both return 1 with keys, 0 when there is no such service here, or an error. */
/* https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html */
int aws_container_keys(struct dns_session *session, struct aws_keys *ret_keys,
		       struct error *err) WARN_UNUSED;
/* Instance metadata, version 2:
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html */
int aws_machine_keys(struct dns_session *session, struct aws_keys *ret_keys,
		     struct error *err) WARN_UNUSED;

#endif
