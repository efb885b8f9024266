/*
 * Signatures for Amazon Web Services (see aws_signature.h).
 */
#include "dns/providers/amazon/aws_signature.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/strvec.h"
#include "codec/headers.h"
#include "crypto/digest.h"
#include "dns/api/call.h"
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

/* The fields that are signed, "name:value" in the order of their names. */
static void gather_signed(struct span host, const struct headers *headers,
			  struct strvec *ret_fields)
{
	strvec_pushf(ret_fields, "host:%.*s", (int)host.len, host.ptr);
	for (size_t i = 0; i < headers->names.count; i++) {
		AUTO_FREE char *name = xstrdup(headers->names.items[i]);

		ascii_lower_string(name);
		if (str_starts(name, "x-amz-"))
			strvec_pushf(ret_fields, "%s:%s", name, headers->values.items[i]);
	}
	strvec_sort(ret_fields);
}

/* "host;x-amz-date" */
static char *names_of(const struct strvec *fields)
{
	AUTO(strbuf) struct strbuf names = STRBUF_INIT;

	for (size_t i = 0; i < fields->count; i++)
		strbuf_addf(&names, "%s%.*s", i ? ";" : "", (int)strcspn(fields->items[i], ":"),
			    fields->items[i]);
	return strbuf_detach(&names);
}

/* The request in the form that is signed; no final newline. */
static void add_canonical_request(const struct dns_outgoing *request, const struct strvec *fields,
				  const char *names, struct strbuf *out)
{
	struct signing_url parts = signing_split(request->url);
	AUTO_FREE char *query = signing_sorted_query(parts.query);

	strbuf_addf(out, "%s\n%.*s\n%s\n", request->method, (int)parts.path.len, parts.path.ptr,
		    query);
	for (size_t i = 0; i < fields->count; i++)
		strbuf_addf(out, "%s\n", fields->items[i]);
	strbuf_addf(out, "\n%s\n", names);
	digest_hex(DIGEST_SHA256, request->body, strlen(request->body), out);
}

static void wipe_all(struct strvec *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		secret_wipe(texts->items[i], strlen(texts->items[i]));
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
	AUTO(strvec) struct strvec fields = STRVEC_INIT;
	AUTO_FREE char *names = NULL;

	headers_add(headers, "X-Amz-Date", time);
	if (keys->token.len)
		headers_add(headers, "X-Amz-Security-Token", secret_peek(&keys->token));
	gather_signed(signing_split(request->url).host, headers, &fields);
	names = names_of(&fields);
	add_canonical_request(request, &fields, names, &canonical);
	strbuf_addf(&text, ALGORITHM "\n%s\n%s\n", time, range);
	digest_hex(DIGEST_SHA256, canonical.text, canonical.len, &text);
	strbuf_addf(&field, ALGORITHM " Credential=%s/%s, SignedHeaders=%s, Signature=",
		    secret_peek(&keys->id), range, names);
	signing_add_mac("AWS4", secret_peek(&keys->secret),
			(const char *const[]){date, scope->region, scope->service, "aws4_request",
					      text.text, NULL},
			&field);
	headers_add(headers, "Authorization", field.text);
	secret_wipe(canonical.text, canonical.len);
	wipe_all(&fields);
}
