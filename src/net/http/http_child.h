/*
 * The transport that is a child process (net/http/worker.h), or several: one for each port besides
 * those of HTTP and HTTPS.
 */
#ifndef NET_HTTP_HTTP_CHILD_H
#define NET_HTTP_HTTP_CHILD_H

#include "net/http/http_transport.h"

struct confinement;

/* Starts the first child; `first_port` is that of the first request. ERR_IO, ERR_REFUSED: it cannot
 * be started. */
int http_child_new(const struct http_setup *setup, const struct confinement *confinement,
		   int first_port, struct http_transport **ret_transport,
		   struct error *err) WARN_UNUSED;

#endif
