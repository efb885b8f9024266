/*
 * Signatures for Amazon Web Services (see aws_signature.h).
 */
#include "dns/providers/amazon/aws_signature.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "codec/headers.h"
#include "dns/providers/signing.h"

void aws_keys_release(struct aws_keys *keys)
{
	secret_release(&keys->id);
	secret_release(&keys->secret);
	secret_release(&keys->token);
	keys->expires = 0;
}

void aws_keys_set(struct aws_keys *keys, const char *id, const char *secret, const char *token)
{
	secret_set(&keys->id, id, strlen(id));
	secret_set(&keys->secret, secret, strlen(secret));
	secret_set(&keys->token, token ? token : "", token ? strlen(token) : 0);
}

const char *aws_variable(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] ? value : NULL;
}

void aws_sign(const struct aws_keys *keys, const struct aws_scope *scope,
	      const struct dns_outgoing *request, struct headers *headers)
{
	static const struct signing_scheme scheme = {
		.algorithm = "AWS4-HMAC-SHA256", .key_prefix = "AWS4", .fields = {"x-amz-"}};
	AUTO_FREE char *time = signing_time(scope->now);
	AUTO_FREE char *range = xasprintf("%.8s/%s/%s/aws4_request", time, scope->region,
					  scope->service);
	const struct signing_key key = {secret_peek(&keys->id), secret_peek(&keys->secret), time,
					range};

	headers_add(headers, "X-Amz-Date", time);
	if (keys->token.len)
		headers_add(headers, "X-Amz-Security-Token", secret_peek(&keys->token));
	signing_authorize(&scheme, &key, request, headers);
}
