/*
 * Parts of signatures (see signing.h).
 */
#include "dns/providers/signing.h"

#include <string.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "base/strvec.h"
#include "codec/datetime.h"
#include "crypto/digest.h"

struct signing_url signing_split(const char *url)
{
	const char *host = strstr(url, "://");
	struct signing_url parts;
	const char *end;

	host = host ? host + 3 : url;
	end = host + strcspn(host, "/?");
	parts.host = span_make(host, (size_t)(end - host));
	parts.path = span_make(end, strcspn(end, "?"));
	end += parts.path.len;
	parts.query = span_of(*end ? end + 1 : end);
	if (!parts.path.len)
		parts.path = span_of("/");
	return parts;
}

char *signing_sorted_query(struct span query)
{
	AUTO_FREE char *text = span_dup(query);
	AUTO(strvec) struct strvec members = STRVEC_INIT;

	strvec_split(&members, text, "&");
	strvec_sort(&members);
	return strvec_join(&members, "&");
}

char *signing_time(int64_t seconds)
{
	AUTO_FREE char *text = datetime_rfc3339(seconds);
	AUTO(strbuf) struct strbuf out = STRBUF_INIT;

	for (const char *c = text; *c; c++)
		if (*c != '-' && *c != ':')
			strbuf_addc(&out, *c);
	return strbuf_detach(&out);
}

/* Replaces the key by the HMAC-SHA256 of the text under it. */
static void derive_key(struct secret *key, const char *text)
{
	AUTO(strbuf) struct strbuf mac = STRBUF_INIT;

	digest_hmac(DIGEST_SHA256, span_make(secret_peek(key), key->len), span_of(text), &mac);
	secret_set(key, mac.text, mac.len);
	secret_wipe(mac.text, mac.len);
}

/* The length is known before anything is copied, so that no piece of the secret is left behind. */
void signing_add_mac(const char *prefix, const char *secret, const char *const *texts,
		     struct strbuf *out)
{
	char *first = xasprintf("%s%s", prefix, secret);
	AUTO(secret) struct secret key = SECRET_INIT;

	secret_give(&key, first, strlen(first));
	for (; *texts; texts++)
		derive_key(&key, *texts);
	strbuf_add_hex(out, secret_peek(&key), key.len);
}
