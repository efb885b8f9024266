/*
 * One client of the responder, from accept to close, without blocking.
 */
#ifndef NET_RESPONDER_RESPONDER_CONNECTION_H
#define NET_RESPONDER_RESPONDER_CONNECTION_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/strbuf.h"
#include "net/responder/responder_protocol.h"

struct tls_server;
struct tls_session;

enum {
	RESPONDER_READ_TIMEOUT_MS = 30000, /* for the whole request, as in Certbot */
	RESPONDER_LINGER_MS = 2000,        /* for the client to take the answer and close */
};

/* Data that all connections share. */
struct responder_service {
	struct tls_server *tls; /* NULL: HTTP */
	responder_lookup_fn *lookup;
	void *context; /* of lookup and note */
	/* Logs a printable line. */
	void (*note)(void *context, const char *text);
};

enum connection_state {
	CONNECTION_READING,   /* request or handshake */
	CONNECTION_WRITING,   /* the answer */
	CONNECTION_LINGERING, /* everything is sent; further input is discarded */
	CONNECTION_ENDED,
};

struct responder_connection {
	const struct responder_service *service; /* borrowed */
	int fd;                                  /* owned */
	enum connection_state state;
	bool wants_write; /* poll for writing instead of reading */
	int64_t deadline_ms;
	struct strbuf request, answer;
	size_t sent;
	struct tls_session *tls;
	char peer[INET6_ADDRSTRLEN];
};

/* Takes ownership of a connected socket. Returns NULL, with the socket closed, when there is no
 * memory for TLS. */
struct responder_connection *responder_connection_new(const struct responder_service *service,
						      int own_fd, int64_t now_ms) WARN_UNUSED;

/* Closes the socket and frees the connection. */
void responder_connection_free(struct responder_connection *connection);
/* Continues after the descriptor has become ready. */
void responder_connection_step(struct responder_connection *connection, int64_t now_ms);

#endif
