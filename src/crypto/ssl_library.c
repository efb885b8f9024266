/*
 * Looks up libssl's functions by name (see ssl_library.h). The file name is that of the OpenSSL
 * series whose libcrypto the program is linked to, because the two must match.
 */
#include "crypto/ssl_library.h"

#include <stddef.h>

#include "base/library.h"

static const struct library_function functions[] = {
	{"TLS_server_method", offsetof(struct ssl_library, server_method)},
#define X(name) {"SSL_" #name, offsetof(struct ssl_library, name)},
	SSL_FUNCTIONS(X)
#undef X
};

int ssl_library_load(struct ssl_library *ret_library, struct error *err)
{
	if (library_load("libssl.so.3", functions, ARRAY_LEN(functions), ret_library, err) < 0)
		return error_hint(err, "install the package libssl3 (or your system's package for "
				       "the OpenSSL TLS library)");
	return 0;
}
