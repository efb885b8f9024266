/*
 * The child that answers the CA's validation requests: http-01 (RFC 8555 section 8.3), tls-alpn-01
 * (RFC 8737) and tls-sni-01. It holds its listening sockets and the published answers; it has no
 * account or certificate key, no files and no rights. One that dies is replaced, and the next has
 * the same answers.
 *
 * The parent makes the certificates that it shows, with keys that serve nothing else.
 */
#ifndef NET_RESPONDER_RESPONDER_H
#define NET_RESPONDER_RESPONDER_H

#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "net/responder/responder_protocol.h"

struct confinement;
struct responder;

struct responder_options {
	enum responder_protocol protocol;
	const char *address; /* "": all */
	int port;
	const struct confinement *confinement; /* for the child (net/confined_child.h), or NULL */
};

/* Binds the port and starts the child. As Certbot does, it tries IPv6 first, then IPv4, and one of
 * them is enough; an address is bound in its own family only. Free the responder with
 * responder_free(). ERR_BUSY: the port is in use; the text says by which program. ERR_IO. */
int responder_start(const struct responder_options *options, struct responder **ret_responder,
		    struct error *err) WARN_UNUSED;
/* Stops the child and releases the port. NULL is allowed. */
void responder_free(struct responder *responder);
DEFINE_AUTO_PTR(responder, responder_free);

/* Returns the bound port, also when port 0 asked for a free one. */
int responder_port(const struct responder *responder);

/* Publishes the answer for an http-01 token; returns once the child has it. */
int responder_publish_http(struct responder *responder, const char *token,
			   const char *key_authorization, struct error *err) WARN_UNUSED;
/* Has every token that has none of its own, of the form that tokens have (RFC 8555 section 8.1),
 * answered with that thumbprint; returns once the child has it. */
int responder_publish_any(struct responder *responder, const char *thumbprint,
			  struct error *err) WARN_UNUSED;
/* Publishes certificate and key (PEM) for a server name. With tls-alpn-01 that is a DNS name, or
 * for an IP address its reverse name (RFC 8738 section 6). */
int responder_publish_tls(struct responder *responder, const char *server_name,
			  const char *cert_pem, const char *key_pem, struct error *err) WARN_UNUSED;
/* Logs what the child has told, and replaces one that has ended, while something is published: its
 * answers are given to another, and a connection that nobody has accepted yet waits for that. Call
 * it from time to time, also when nothing is published or withdrawn. ERR_IO, once: no other child
 * could take its place. */
int responder_tend(struct responder *responder, struct error *err) WARN_UNUSED;
/* Withdraws a token or server name; an unknown one is not an error. ERR_IO: it was the last, and
 * the child had already ended, so the CA may not have reached it. */
int responder_withdraw(struct responder *responder, const char *name,
		       struct error *err) WARN_UNUSED;

/* Entry point of the child. Descriptor 3 is the channel; 4 (and 5) are listening sockets. */
int responder_main(int argc, char **argv);
#define RESPONDER_NAME "certbot: responder"

#endif
