/*
 * libssl, loaded when the first tls-alpn-01 challenge needs it. Never included outside src/crypto.
 */
#ifndef CRYPTO_SSL_LIBRARY_H
#define CRYPTO_SSL_LIBRARY_H

#include <openssl/ssl.h>

#include "base/error.h"
#include "base/macros.h"

/* The functions we use; each becomes a member named like it, without "SSL_". */
#define SSL_FUNCTIONS(X)                                                                           \
	X(CTX_new)                                                                                 \
	X(CTX_free)                                                                                \
	X(CTX_ctrl)                                                                                \
	X(CTX_set_options)                                                                         \
	X(CTX_set_num_tickets)                                                                     \
	X(CTX_set_alpn_select_cb)                                                                  \
	X(CTX_set_client_hello_cb)                                                                 \
	X(CTX_callback_ctrl)                                                                       \
	X(client_hello_get0_ext)                                                                   \
	X(new)                                                                                     \
	X(free)                                                                                    \
	X(set_fd)                                                                                  \
	X(set_ex_data)                                                                             \
	X(get_ex_data)                                                                             \
	X(get_servername)                                                                          \
	X(use_certificate)                                                                         \
	X(use_PrivateKey)                                                                          \
	X(accept)                                                                                  \
	X(shutdown)                                                                                \
	X(get_error)

struct ssl_library {
	__typeof__(&TLS_server_method) server_method;
#define X(name) __typeof__(&SSL_##name) name;
	SSL_FUNCTIONS(X)
#undef X
};

/* Loads libssl and fills the table. ERR_IO: it is missing. */
int ssl_library_load(struct ssl_library *ret_library, struct error *err) WARN_UNUSED;

#endif
