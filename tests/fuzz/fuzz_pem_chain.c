/*
 * Certificate chains as a CA sends them: one certificate, the whole chain, or piece by piece, and
 * everything that is asked of a certificate afterwards. Seeds: tests/fuzz/corpora.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "crypto/cert/cert.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void use_cert(const char *text, size_t len)
{
	AUTO(error) struct error err = ERROR_INIT, id_err = ERROR_INIT;
	AUTO(cert) struct cert *cert = NULL;
	AUTO(cert_issuers) struct cert_issuers issuers = {.next = 0};
	AUTO(strbuf) struct strbuf der = STRBUF_INIT;
	AUTO_FREE char *id = NULL;

	if (cert_from_pem(text, len, &cert, &err) < 0)
		return;
	(void)!cert_ari_id(cert, &id, &id_err);
	cert_signed_by(cert, cert, &issuers);
	cert_key_kind(cert);
	cert_to_der(cert, &der);
}

/* What was accepted must be accepted again, with the same result. */
static void use_chain(const char *text, size_t len)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(cert_chain) struct cert_chain chain = CERT_CHAIN_INIT, again = CERT_CHAIN_INIT;
	AUTO(strbuf) struct strbuf pem = STRBUF_INIT;

	if (cert_chain_parse(text, len, &chain, &err) < 0)
		return;
	strbuf_add(&pem, chain.leaf_pem.text, chain.leaf_pem.len);
	strbuf_add(&pem, chain.rest_pem.text, chain.rest_pem.len);
	if (cert_chain_parse(pem.text, pem.len, &again, &err) < 0 ||
	    again.rest_pem.len != chain.rest_pem.len)
		abort();
}

/* What there is of a chain as PEM, and what continues it: PEM or one certificate as DER. */
static void use_parts(struct span start, struct span addition)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(cert_chain) struct cert_chain chain = CERT_CHAIN_INIT;
	AUTO(cert_issuers) struct cert_issuers issuers = {.next = 0};

	if (cert_chain_extend(&issuers, start, addition, &chain, &err) == 0 && !chain.leaf_pem.len)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct span text = span_make((const char *)bytes, len);

	use_cert((const char *)bytes, len);
	use_chain((const char *)bytes, len);
	use_parts(span_make("", 0), text);
	use_parts(span_make(text.ptr, len / 2), span_make(text.ptr + len / 2, len - len / 2));
	return 0;
}
