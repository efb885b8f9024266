/*
 * A question to a service on a socket of this machine's file system (AF_UNIX), such as the runtime
 * interface of a server.
 */
#ifndef OS_SOCKET_LOCAL_SOCKET_H
#define OS_SOCKET_LOCAL_SOCKET_H

#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"

/* Sends the request and appends everything that comes back until the service closes the
 * connection. It has `limit_ms` for each step. ERR_NOT_FOUND: there is no such socket, or nothing
 * listens on it; ERR_IO; ERR_PARSE when the answer does not fit into the cap of `ret_answer`;
 * ERR_CANCELLED: a signal came. A service that closes without an answer is not an error. */
int local_socket_ask(const char *path, struct span request, int64_t limit_ms,
		     struct strbuf *ret_answer, struct error *err) WARN_UNUSED;

#endif
