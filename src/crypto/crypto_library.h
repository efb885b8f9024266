/*
 * How this process uses OpenSSL. Call before its first use; a process that calls none of these gets
 * all of it.
 */
#ifndef CRYPTO_CRYPTO_LIBRARY_H
#define CRYPTO_CRYPTO_LIBRARY_H

#include "base/macros.h"

enum crypto_library_use {
	/* All but ciphers looked up by their old names, which only PKCS #12 files (whose two are
	 * added) and encrypted keys in the format before PKCS #8 need: a third of the time that the
	 * library takes to start. */
	CRYPTO_LIBRARY_USUAL,
	/* The same without openssl.cnf: for a process that has no key and speaks no TLS, so that
	 * neither providers for keys nor the system's policy for connections concern it. */
	CRYPTO_LIBRARY_WITHOUT_CONFIG,
};

/* Returns the path of the configuration that OpenSSL will read, whether it exists or not, which the
 * caller frees; NULL if it will read none. */
char *crypto_library_config(void) WARN_UNUSED;
/* Initialises the library for that use. */
void crypto_library_begin(enum crypto_library_use use);

#endif
