/*
 * What performs the requests of an HTTP client: libcurl in this process (http_curl.h), a child
 * (http_child.h), or a fake in a test.
 */
#ifndef NET_HTTP_HTTP_TRANSPORT_H
#define NET_HTTP_HTTP_TRANSPORT_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "net/http/http_job.h"

struct http_transport;

struct http_transport_ops {
	/* Starts a request and takes ownership of the job; take() returns its answer with the job's
	 * id. */
	void (*start)(struct http_transport *transport, struct http_job *own_job);
	/* Returns 1 with an answer (`ret_response` is initialised by the caller), 0 when none
	 * has arrived, or an error code when the transport has failed together with all its
	 * requests. */
	int (*take)(struct http_transport *transport, uint32_t *ret_id,
		    struct http_response *ret_response, struct error *err);
	/* Waits until something may have arrived, `wake` (fd -1: nothing) may be ready, or
	 * timeout_ms (-1: no limit) have passed; may return early. */
	int (*wait)(struct http_transport *transport, const struct pollfd *wake, int64_t timeout_ms,
		    struct error *err);
	void (*free)(struct http_transport *transport);
};

/* First member of each transport. */
struct http_transport {
	const struct http_transport_ops *ops;
};

static inline void http_transport_free(struct http_transport *transport)
{
	if (transport)
		transport->ops->free(transport);
}

#endif
