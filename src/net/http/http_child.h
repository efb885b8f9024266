/*
 * The transport that is a child process (net/http/worker.h).
 */
#ifndef NET_HTTP_HTTP_CHILD_H
#define NET_HTTP_HTTP_CHILD_H

#include "net/http/http_transport.h"

/* ERR_IO, ERR_REFUSED: the child cannot be started. */
int http_child_new(const struct http_setup *setup, struct http_transport **ret_transport,
		   struct error *err) WARN_UNUSED;

#endif
