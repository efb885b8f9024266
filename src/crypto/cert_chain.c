/*
 * Downloaded certificate chains (see cert.h), RFC 8555 7.4.2 and 9.1. Stricter than other PEM
 * readers: what a CA sends becomes files that servers load, so nothing may stand between the
 * certificates, and every one must sign the one before it. The root may be there or not.
 */
#include "base/ascii.h"
#include "codec/pem.h"
#include "crypto/cert.h"

enum { MAX_CHAIN = 20 };

void cert_chain_init(struct cert_chain *chain)
{
	*chain = (struct cert_chain)CERT_CHAIN_INIT;
}

void cert_chain_release(struct cert_chain *chain)
{
	strbuf_release(&chain->leaf_pem);
	strbuf_release(&chain->rest_pem);
	strbuf_release(&chain->top_issuer_cn);
}

/* Takes the next certificate out of `*rest`; 0 at the end. */
static int take_cert(struct span *rest, struct cert **ret_cert, struct strbuf *ret_der,
		     struct error *err)
{
	struct span label, ahead = *rest;
	int status;

	while (ahead.len && ascii_is_space(ahead.ptr[0])) {
		ahead.ptr++;
		ahead.len--;
	}
	*rest = ahead;
	if (!ahead.len)
		return 0;
	if (!span_skip_prefix(&ahead, "-----BEGIN CERTIFICATE-----"))
		return error_set(err, ERR_PARSE, "expected a PEM certificate");
	status = pem_next(rest, &label, ret_der, err);
	if (status > 0 && cert_from_der(ret_der->text, ret_der->len, ret_cert, err) < 0)
		return err->code;
	return status;
}

/* Puts the topmost certificate in its place. */
static void append(struct cert_chain *chain, const struct cert *cert, const struct strbuf *der)
{
	struct strbuf *pem = chain->leaf_pem.len ? &chain->rest_pem : &chain->leaf_pem;

	pem_encode(pem, "CERTIFICATE", der->text, der->len);
	strbuf_clear(&chain->top_issuer_cn);
	strbuf_adds(&chain->top_issuer_cn, cert_issuer_cn(cert));
}

static int read_chain(struct span rest, struct cert_chain *chain, struct error *err)
{
	AUTO(cert) struct cert *below = NULL;

	for (int count = 0;; count++) {
		AUTO(cert) struct cert *cert = NULL;
		AUTO(strbuf) struct strbuf der = STRBUF_INIT;
		int status = take_cert(&rest, &cert, &der, err);

		if (status < 0)
			return error_wrap(err, "certificate %d", count + 1);
		if (status == 0)
			return count ? 0 : error_set(err, ERR_PARSE, "it is empty");
		if (count == MAX_CHAIN)
			return error_set(err, ERR_PARSE, "more than %d certificates", MAX_CHAIN);
		if (below && !cert_signed_by(below, cert))
			return error_set(err, ERR_PROTOCOL,
					 "certificate %d is not signed by the next", count);
		append(chain, cert, &der);
		cert_free(below);
		below = STEAL(cert);
	}
}

int cert_chain_parse(const char *pem, size_t len, struct cert_chain *ret_chain, struct error *err)
{
	AUTO(cert_chain) struct cert_chain chain = CERT_CHAIN_INIT;

	if (read_chain(span_make(pem, len), &chain, err) < 0)
		return error_wrap(err, "cannot use certificate chain");
	cert_chain_release(ret_chain);
	*ret_chain = chain;
	cert_chain_init(&chain);
	return 0;
}
