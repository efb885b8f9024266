/*
 * What services that want each request signed have in common: the parts of a URL in canonical form,
 * times, and signatures by HMAC-SHA256.
 */
#ifndef DNS_PROVIDERS_SIGNING_H
#define DNS_PROVIDERS_SIGNING_H

#include <stdint.h>

#include "base/span.h"
#include "base/strbuf.h"

/* The parts of "https://host/path?query", borrowed; the path is "/" where there is none. */
struct signing_url {
	struct span host, path, query;
};
struct signing_url signing_split(const char *url);

/* Returns the members of a query in the order of their bytes. Heap. */
char *signing_sorted_query(struct span query);

/* Returns a time as 20150830T123600Z. Heap. */
char *signing_time(int64_t seconds);

/* Appends the HMAC-SHA256 of the last text in hexadecimal digits. The key is what the texts before
 * it make of the secret, which has `prefix` in front: the HMAC of each is the next key. The list
 * ends with NULL. */
void signing_add_mac(const char *prefix, const char *secret, const char *const *texts,
		     struct strbuf *out);

#endif
