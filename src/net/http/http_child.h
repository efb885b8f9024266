/*
 * The transport that uses child processes (worker.h): one for the usual ports of HTTP, and one more
 * for each other port.
 */
#ifndef NET_HTTP_HTTP_CHILD_H
#define NET_HTTP_HTTP_CHILD_H

#include "net/http/http_transport.h"

struct confinement;

/* Starts the first child; `first_port` is the port of the first request. The caller frees the
 * transport. ERR_IO, ERR_REFUSED: the child cannot be started. */
int http_child_new(const struct http_setup *setup, const struct confinement *confinement,
		   int first_port, struct http_transport **ret_transport,
		   struct error *err) WARN_UNUSED;

#endif
