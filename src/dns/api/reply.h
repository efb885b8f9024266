/*
 * The answer to a call of a provider's API (call.h).
 */
#ifndef DNS_API_REPLY_H
#define DNS_API_REPLY_H

#include <stddef.h>

#include "base/macros.h"
#include "codec/headers.h"

struct json;
struct xml;

struct dns_reply {
	int status;
	struct headers headers;
	char *body; /* text, "" when empty */
	size_t body_len;
	struct json
		*json;   /* NULL: empty, or DNS_CALL_NOT_JSON, or an accepted status without JSON */
	struct xml *xml; /* DNS_CALL_XML: the same */
};
#define DNS_REPLY_INIT                                                                             \
	{                                                                                          \
		.headers = HEADERS_INIT                                                            \
	}

/* Frees the members; the struct itself is the caller's. */
void dns_reply_release(struct dns_reply *reply);
DEFINE_AUTO(dns_reply, dns_reply_release);

#endif
