/*
 * Initialization flags of OpenSSL (see crypto_library.h). What was left out once stays left out for
 * the process, whoever asks for it afterwards.
 */
#include "crypto/crypto_library.h"

#include <openssl/conf.h>

#include "base/alloc.h"
#include "crypto/evp.h"

static const uint64_t flags[] = {
	[CRYPTO_LIBRARY_USUAL] = OPENSSL_INIT_NO_ADD_ALL_CIPHERS,
	[CRYPTO_LIBRARY_WITHOUT_CONFIG] =
		OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_LOAD_CONFIG,
};

/* PKCS #12 files are made with these, looked up by name. Whichever cipher is used first makes
 * OpenSSL note what it knows of all of them, so a name that is added later has no effect. */
static void add_ciphers_for_pfx(void)
{
	evp_must(EVP_add_cipher(EVP_aes_256_cbc()) && EVP_add_cipher(EVP_des_ede3_cbc()));
}

char *crypto_library_config(void)
{
	char *path = CONF_get1_default_config_file();
	char *copy = path ? xstrdup(path) : NULL;

	OPENSSL_free(path);
	return copy;
}

void crypto_library_begin(enum crypto_library_use use)
{
	evp_must(OPENSSL_init_crypto(flags[use], NULL) == 1);
	if (use == CRYPTO_LIBRARY_USUAL)
		add_ciphers_for_pfx();
}
