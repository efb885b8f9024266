/*
 * The messages between the HTTP client and its child. The decoder treats every message as hostile:
 * it limits every length, checks every text, and accepts no trailing bytes.
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
	/* Limits on message size in bytes: everything in a message except the body, and a whole
	 * request. */
	HTTP_WIRE_OVERHEAD = 256 * 1024,
	HTTP_WIRE_MAX_REQUEST = 64 * 1024 * 1024,
};

enum http_wire_kind {
	HTTP_WIRE_SETUP = 1, /* to the child, once, first */
	HTTP_WIRE_JOB,       /* to the child */
	HTTP_WIRE_ANSWER,    /* to the parent, once per job */
};

/* Returns the kind of a message and sets `ret_contents` to the bytes after it; 0 for an empty
 * message. */
int http_wire_kind(struct span message, struct span *ret_contents);

/* Appends the setup, the first message to the child. */
void http_wire_put_setup(struct strbuf *out, const struct http_setup *setup);

/* Appends a request. */
void http_wire_put_job(struct strbuf *out, const struct http_job *job);

/* Appends the answer to the request with this id. */
void http_wire_put_answer(struct strbuf *out, uint32_t id, const struct http_response *response);

/* Decodes a setup into `setup`, which the caller has initialised. ERR_PROTOCOL: malformed; nothing
 * was set. */
int http_wire_get_setup(struct span contents, struct http_setup *setup,
			struct error *err) WARN_UNUSED;

/* Decodes a request into a new job, which the caller frees. ERR_PROTOCOL: malformed. */
int http_wire_get_job(struct span contents, struct http_job **ret_job,
		      struct error *err) WARN_UNUSED;
/* Returns the largest body that the request with that id accepts, or -1 when no such request is in
 * progress, which makes the answer malformed. */
typedef int64_t http_wire_limit_fn(void *context, uint32_t id);

/* Decodes an answer into `response`, which the caller has initialised. ERR_PROTOCOL: malformed. */
int http_wire_get_answer(struct span contents, http_wire_limit_fn *max_body, void *context,
			 uint32_t *ret_id, struct http_response *response,
			 struct error *err) WARN_UNUSED;

#endif
