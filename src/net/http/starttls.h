/*
 * Services that start in plain text and change to TLS when they are asked to: what is said until
 * then. Only the worker does that, to see a service's certificate.
 */
#ifndef NET_HTTP_STARTTLS_H
#define NET_HTTP_STARTTLS_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"

enum starttls {
	STARTTLS_NONE, /* TLS from the first byte */
	STARTTLS_SMTP,
	STARTTLS_IMAP,
	STARTTLS_POP3,
	STARTTLS_FTP,
	STARTTLS_XMPP,
	STARTTLS_LDAP,
	STARTTLS_POSTGRES,
	STARTTLS__COUNT,
};

/* "tls", "smtp", ...; static. */
const char *starttls_name(enum starttls protocol);
/* The inverse; false for any other text. */
bool starttls_by_name(const char *name, enum starttls *ret_protocol);

/* Talks on a connection until the next byte to be sent is that of a TLS handshake. `host` is the
 * name that is asked for, where the protocol tells one. ERR_NETWORK, ERR_PROTOCOL. */
int starttls_talk(enum starttls protocol, int fd, const char *host, struct error *err) WARN_UNUSED;

#endif
