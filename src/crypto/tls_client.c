/*
 * Which certificates a TLS client can use (see tls_client.h). Since TLS 1.3 the signature
 * algorithms alone say so (RFC 8446 section 4.2.3). Before, servers of OpenSSL go by them too, but
 * others, and old ones, go by the ciphers (RFC 5246 section 7.4.2), so both are limited.
 */
#include "crypto/tls_client.h"

#include "crypto/ssl_library.h"

static const struct {
	const char *signatures, *ciphers;
} offers[] = {
	[TLS_CLIENT_RSA] = {"rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:"
			    "RSA+SHA256:RSA+SHA384:RSA+SHA512",
			    "DEFAULT:!aECDSA"},
	/* In TLS 1.3 each of them is for one curve: all that certificates may have are offered. */
	[TLS_CLIENT_ECDSA] = {"ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512", "DEFAULT:!aRSA"},
};
STATIC_ASSERT(ARRAY_LEN(offers) == TLS_CLIENT_ANY, "a row for each kind of key");

int tls_client_offer(void *ssl_context, enum tls_client_keys keys, struct error *err)
{
	struct ssl_library library;

	if (ssl_library_load(&library, err) < 0)
		return err->code;
	/* The macro SSL_CTX_set1_sigalgs_list() names the function, which is not linked. */
	if (library.CTX_ctrl(ssl_context, SSL_CTRL_SET_SIGALGS_LIST, 0,
			     (void *)offers[keys].signatures) != 1)
		return error_set(err, ERR_INTERNAL, "OpenSSL refuses the signature algorithms '%s'",
				 offers[keys].signatures);
	return 0;
}

const char *tls_client_ciphers(enum tls_client_keys keys)
{
	return offers[keys].ciphers;
}
