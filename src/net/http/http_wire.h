/*
 * The messages between the HTTP client and its child. Whoever decodes treats the message as
 * hostile: every length is capped, every text is checked, and nothing may be left over.
 */
#ifndef NET_HTTP_HTTP_WIRE_H
#define NET_HTTP_HTTP_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "net/http/http_job.h"

enum {
	/* Longest messages: the rest of a request or answer besides its body. */
	HTTP_WIRE_OVERHEAD = 256 * 1024,
	HTTP_WIRE_MAX_REQUEST = 64 * 1024 * 1024,
};

enum http_wire_kind {
	HTTP_WIRE_SETUP = 1, /* to the child, once, first */
	HTTP_WIRE_JOB,       /* to the child */
	HTTP_WIRE_ANSWER,    /* to the parent, once per job */
};

/* Kind of a message, and its contents behind it; 0 for an empty message. */
int http_wire_kind(struct span message, struct span *ret_contents);

void http_wire_put_setup(struct strbuf *out, const struct http_setup *setup);
void http_wire_put_job(struct strbuf *out, const struct http_job *job);
void http_wire_put_answer(struct strbuf *out, uint32_t id, const struct http_response *response);

/* The contents of a message of that kind. ERR_PROTOCOL: malformed, nothing was filled in. */
int http_wire_get_setup(struct span contents, struct http_setup *setup,
			struct error *err) WARN_UNUSED;
int http_wire_get_job(struct span contents, struct http_job **ret_job,
		      struct error *err) WARN_UNUSED;
/* `max_body` gives the largest body that the request with that id accepts, or -1 when there is no
 * such request under way (a malformed answer, then). `response` is initialised. */
typedef int64_t http_wire_limit_fn(void *context, uint32_t id);
int http_wire_get_answer(struct span contents, http_wire_limit_fn *max_body, void *context,
			 uint32_t *ret_id, struct http_response *response,
			 struct error *err) WARN_UNUSED;

#endif
