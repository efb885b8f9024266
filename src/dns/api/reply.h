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
	/* NULL: the body is empty, DNS_CALL_NOT_JSON is set, or an accepted status came without
	 * JSON. */
	struct json *json;
	struct xml *xml; /* takes its place with DNS_CALL_XML */
};
#define DNS_REPLY_INIT                                                                             \
	{                                                                                          \
		.headers = HEADERS_INIT                                                            \
	}

/* Frees the members; the struct itself is the caller's. */
void dns_reply_release(struct dns_reply *reply);
DEFINE_AUTO(dns_reply, dns_reply_release);

#endif
