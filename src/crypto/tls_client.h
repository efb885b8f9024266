/*
 * The client side of handshakes, which is libcurl's: what it does not let its callers set.
 */
#ifndef CRYPTO_TLS_CLIENT_H
#define CRYPTO_TLS_CLIENT_H

#include "base/error.h"
#include "base/macros.h"

/* The kind of key that a client knows alone. */
enum tls_client_keys {
	TLS_CLIENT_RSA,
	TLS_CLIENT_ECDSA,
	TLS_CLIENT_ANY, /* it knows all */
};

/* Makes the client with that context (SSL_CTX, of libssl's series that this program is built for)
 * offer only signatures by that kind of key, so that a server with several certificates shows the
 * one with such a key, or none. Not for TLS_CLIENT_ANY. ERR_IO: libssl is missing. */
int tls_client_offer(void *ssl_context, enum tls_client_keys keys, struct error *err) WARN_UNUSED;
/* The ciphers that go with it before TLS 1.3, as OpenSSL writes them; static. */
const char *tls_client_ciphers(enum tls_client_keys keys);

#endif
