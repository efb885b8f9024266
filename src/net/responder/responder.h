/*
 * The child that answers the CA: http-01 (RFC 8555 section 8.3) and tls-alpn-01 (RFC 8737). It
 * holds its listening sockets and the published answers, no account or certificate key, no file and
 * no rights.
 *
 * tls-alpn-01 certificates are made by the parent, per challenge, with a key of their own.
 */
#ifndef NET_RESPONDER_RESPONDER_H
#define NET_RESPONDER_RESPONDER_H

#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"

enum responder_protocol {
	RESPONDER_HTTP,
	RESPONDER_TLS_ALPN,
};

struct confinement;
struct responder;

struct responder_options {
	enum responder_protocol protocol;
	const char *address; /* "": all */
	int port;
	const struct confinement *confinement; /* of the child (net/confined_child.h), or NULL */
};

/* Binds (Certbot's rule: IPv6 first, then IPv4, one is enough; an address binds its own family) and
 * starts the child. `ret_port` is the bound port (port 0: a free one). ERR_BUSY: the port is taken,
 * the text says by whom. ERR_IO. */
int responder_start(const struct responder_options *options, struct responder **ret_responder,
		    struct error *err) WARN_UNUSED;
/* Stops the child and frees the port. */
void responder_free(struct responder *responder);
DEFINE_AUTO_PTR(responder, responder_free);
int responder_port(const struct responder *responder);

/* Publishes the answer for an http-01 token; returns after the child has it. */
int responder_publish_http(struct responder *responder, const char *token,
			   const char *key_authorization, struct error *err) WARN_UNUSED;
/* Publishes certificate and key (PEM) for a server name: a DNS name, or for an IP identifier its
 * reverse name (RFC 8738 section 6). */
int responder_publish_tls(struct responder *responder, const char *server_name,
			  const char *cert_pem, const char *key_pem, struct error *err) WARN_UNUSED;
/* Withdraws a token or server name; unknown ones are fine. ERR_IO: the child had ended before, so
 * that the CA may have found nobody. */
int responder_withdraw(struct responder *responder, const char *name,
		       struct error *err) WARN_UNUSED;

/* Entry of the child; descriptors: 3 the channel, 4 (and 5) listening sockets. */
int responder_main(int argc, char **argv);
#define RESPONDER_NAME "certbot: responder"

/* The HTTP side of the child, without sockets: reads a request head and writes the answer. `lookup`
 * gives the key authorization of a token or NULL. Returns 1 when an answer was written to `out`, 0
 * when more bytes are needed, -1 when the connection is to be closed without an answer. */
typedef const char *responder_lookup_fn(void *context, struct span token);
int responder_answer_http(struct span request, responder_lookup_fn *lookup, void *context,
			  struct strbuf *out);

#endif
