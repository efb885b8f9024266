/*
 * The TLS side of tls-alpn-01 (RFC 8737): a server that speaks only "acme-tls/1", shows the
 * certificate published for the name that the client asks for, and has nothing to say after the
 * handshake. Without blocking: the caller polls.
 *
 *	tls_session_new(server, fd) ... tls_session_step() until TLS_ENDED ... tls_session_free()
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
	TLS_FINISHED,    /* handshake done, end of data sent */
	TLS_FAILED,      /* an alert was sent, or the peer is gone */
};

/* Loads libssl; afterwards no file is needed. ERR_IO: it is missing. */
int tls_server_new(struct tls_server **ret_server, struct error *err) WARN_UNUSED;
/* All sessions must have been freed. */
void tls_server_free(struct tls_server *server);
DEFINE_AUTO_PTR(tls_server, tls_server_free);

/* Publishes certificate and key (PEM) for a server name, in place of earlier ones. ERR_PARSE;
 * ERR_REFUSED: the key is not the certificate's. */
int tls_server_put(struct tls_server *server, const char *server_name, const char *cert_pem,
		   const char *key_pem, struct error *err) WARN_UNUSED;
/* Forgets a name; an unknown one is fine. */
void tls_server_remove(struct tls_server *server, const char *server_name);

/* A session on a connected socket that does not block; server and descriptor are borrowed. NULL:
 * out of memory. */
struct tls_session *tls_session_new(struct tls_server *server, int fd) WARN_UNUSED;
void tls_session_free(struct tls_session *session);
/* Goes on with the handshake as far as it can. */
enum tls_progress tls_session_step(struct tls_session *session) WARN_UNUSED;
/* The name whose certificate was shown, borrowed from the session, or NULL: the client asked for
 * none that was published. */
const char *tls_session_name(const struct tls_session *session);

#endif
