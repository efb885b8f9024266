/*
 * What the responder speaks: its protocols, and the HTTP side without sockets (responder_http.c).
 */
#ifndef NET_RESPONDER_RESPONDER_PROTOCOL_H
#define NET_RESPONDER_RESPONDER_PROTOCOL_H

#include "base/span.h"
#include "base/strbuf.h"

enum responder_protocol {
	RESPONDER_HTTP,
	RESPONDER_TLS_ALPN,
	RESPONDER_TLS_SNI,
	RESPONDER_PROTOCOL__COUNT,
};

/* Returns the key authorization of a token, or NULL if there is none. */
typedef const char *responder_lookup_fn(void *context, struct span token);

/* Parses a request head and appends the answer to
 * `out`. Returns 1 when an answer was written, 0 when more bytes are needed, -1 when the connection
 * should be closed without an answer. */
int responder_answer_http(struct span request, responder_lookup_fn *lookup, void *context,
			  struct strbuf *out);

#endif
