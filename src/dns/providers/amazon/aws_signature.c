/*
 * Signatures for Amazon Web Services (see aws_signature.h).
 */
#include "dns/providers/amazon/aws_signature.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "codec/headers.h"
#include "crypto/digest.h"
#include "dns/api.h"
#include "dns/providers/signing.h"

#define ALGORITHM "AWS4-HMAC-SHA256"

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

static void add_span(struct strbuf *out, struct span text)
{
	strbuf_add(out, text.ptr, text.len);
}

/* The request in the form that is signed; no final newline. */
static void add_canonical_request(const struct aws_keys *keys, const struct dns_outgoing *request,
				  const char *time, struct strbuf *out)
{
	struct signing_url parts = signing_split(request->url);
	AUTO_FREE char *query = signing_sorted_query(parts.query);

	strbuf_addf(out, "%s\n", request->method);
	add_span(out, parts.path);
	strbuf_addf(out, "\n%s\nhost:", query);
	add_span(out, parts.host);
	strbuf_addf(out, "\nx-amz-date:%s\n", time);
	if (keys->token.len)
		strbuf_addf(out, "x-amz-security-token:%s\n", secret_peek(&keys->token));
	strbuf_addf(out, "\nhost;x-amz-date%s\n", keys->token.len ? ";x-amz-security-token" : "");
	digest_hex(DIGEST_SHA256, request->body, strlen(request->body), out);
}

static void add_signature(const struct aws_keys *keys, const struct aws_scope *scope,
			  const char *date, const char *text, struct strbuf *out)
{
	AUTO(secret) struct secret key = SECRET_INIT;
	char *first = xasprintf("AWS4%s", secret_peek(&keys->secret));

	secret_give(&key, first, strlen(first));
	signing_derive(&key, date);
	signing_derive(&key, scope->region);
	signing_derive(&key, scope->service);
	signing_derive(&key, "aws4_request");
	signing_derive(&key, text);
	strbuf_add_hex(out, secret_peek(&key), key.len);
}

void aws_sign(const struct aws_keys *keys, const struct aws_scope *scope,
	      const struct dns_outgoing *request, struct headers *headers)
{
	AUTO_FREE char *time = signing_time(scope->now);
	AUTO_FREE char *date = xstrndup(time, 8);
	AUTO_FREE char *range = xasprintf("%s/%s/%s/aws4_request", date, scope->region,
					  scope->service);
	AUTO(strbuf) struct strbuf canonical = STRBUF_INIT, text = STRBUF_INIT;
	AUTO(strbuf) struct strbuf field = STRBUF_INIT;

	add_canonical_request(keys, request, time, &canonical);
	strbuf_addf(&text, ALGORITHM "\n%s\n%s\n", time, range);
	digest_hex(DIGEST_SHA256, canonical.text, canonical.len, &text);
	strbuf_addf(&field,
		    ALGORITHM " Credential=%s/%s, SignedHeaders=host;x-amz-date%s, Signature=",
		    secret_peek(&keys->id), range, keys->token.len ? ";x-amz-security-token" : "");
	add_signature(keys, scope, date, text.text, &field);
	headers_add(headers, "X-Amz-Date", time);
	if (keys->token.len)
		headers_add(headers, "X-Amz-Security-Token", secret_peek(&keys->token));
	headers_add(headers, "Authorization", field.text);
	secret_wipe(canonical.text, canonical.len);
}
