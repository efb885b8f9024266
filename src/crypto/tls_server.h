/*
 * The TLS side of tls-alpn-01 (RFC 8737) and of tls-sni-01: a server that presents the certificate
 * published for the name that the client asks for, and closes the connection after the handshake.
 * It never blocks: the caller polls.
 *
 *	tls_session_new(server, fd) ... tls_session_step() until it ends ... tls_session_free()
 */
#ifndef CRYPTO_TLS_SERVER_H
#define CRYPTO_TLS_SERVER_H

#include "base/error.h"
#include "base/macros.h"

struct tls_server;
struct tls_session;

enum tls_progress {
	TLS_WANTS_READ,  /* call again when the descriptor is readable */
	TLS_WANTS_WRITE, /* ... or writable */
	TLS_FINISHED,    /* handshake done, close notification sent */
	TLS_FAILED,      /* an alert was sent, or the peer hung up */
};

/* The protocol that the server speaks over TLS. */
enum tls_server_protocol {
	TLS_SERVER_ACME, /* "acme-tls/1" only, which the client has to offer (ALPN) */
	TLS_SERVER_ANY,  /* whatever the client likes */
};

/* Makes a server, which the caller frees, and loads libssl; no file is needed afterwards. ERR_IO:
 * libssl is missing. */
int tls_server_new(enum tls_server_protocol protocol, struct tls_server **ret_server,
		   struct error *err) WARN_UNUSED;
/* Frees the server, whose sessions must have been freed before. */
void tls_server_free(struct tls_server *server);
DEFINE_AUTO_PTR(tls_server, tls_server_free);

/* Publishes certificate and key (PEM) for a server name, replacing earlier ones. ERR_PARSE;
 * ERR_REFUSED: the key does not belong to the certificate. */
int tls_server_put(struct tls_server *server, const char *server_name, const char *cert_pem,
		   const char *key_pem, struct error *err) WARN_UNUSED;
/* Removes a published name; an unknown one is fine. */
void tls_server_remove(struct tls_server *server, const char *server_name);

/* Starts a session on a connected non-blocking socket; server and descriptor are borrowed. The
 * caller frees it. NULL: out of memory. */
struct tls_session *tls_session_new(struct tls_server *server, int fd) WARN_UNUSED;
void tls_session_free(struct tls_session *session);
/* Continues the handshake as far as possible without blocking. */
enum tls_progress tls_session_step(struct tls_session *session) WARN_UNUSED;
/* Returns the name whose certificate was presented, borrowed from the session; NULL when the client
 * asked for none that was published. */
const char *tls_session_name(const struct tls_session *session);

#endif
