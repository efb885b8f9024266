/*
 * Parts of signatures (see signing.h).
 */
#include "dns/providers/signing.h"

#include <string.h>

#include "base/alloc.h"
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

void signing_derive(struct secret *key, const char *text)
{
	AUTO(strbuf) struct strbuf mac = STRBUF_INIT;

	digest_hmac(DIGEST_SHA256, span_make(secret_peek(key), key->len), span_of(text), &mac);
	secret_set(key, mac.text, mac.len);
	secret_wipe(mac.text, mac.len);
}
