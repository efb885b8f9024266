/*
 * Private keys as an account directory or a lineage holds them: JSON and PEM. A key that was
 * accepted can be written, read again and used. Seeds: tests/cases/crypto-jwk and crypto-key.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "crypto/key/jws.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void use(const struct key *key)
{
	static const struct jws_header header = {.nonce = "n"};
	AUTO(secret) struct secret json = SECRET_INIT, pem = SECRET_INIT;
	AUTO(key) struct key *again = NULL;
	AUTO(strbuf) struct strbuf out = STRBUF_INIT, public = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT, sign_err = ERROR_INIT;
	AUTO_FREE char *thumbprint = jwk_thumbprint(key);

	key_to_jwk(key, &json);
	key_to_pem(key, &pem);
	key_public_pem(key, &public);
	if (key_from_pem(pem.bytes, pem.len, &again, &err) < 0)
		abort();
	/* Numbers that fit need not be prime: signing may fail, but not worse. */
	(void)!jws_sign(key, &header, "", &out, &sign_err);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO(error) struct error jwk_err = ERROR_INIT, pem_err = ERROR_INIT;
	AUTO(key) struct key *from_jwk = NULL, *from_pem = NULL;

	if (key_from_jwk((const char *)bytes, len, &from_jwk, &jwk_err) == 0)
		use(from_jwk);
	if (key_from_pem((const char *)bytes, len, &from_pem, &pem_err) == 0)
		use(from_pem);
	return 0;
}
