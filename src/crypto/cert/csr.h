/*
 * Certificate signing requests (PKCS#10) as Certbot makes them: empty subject, one non-critical
 * subjectAltName with the names in order, SHA-256, and the TLS feature extension for must-staple.
 */
#ifndef CRYPTO_CERT_CSR_H
#define CRYPTO_CERT_CSR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "crypto/key/key.h"

struct csr_request {
	const struct strvec *dns_names;
	const struct strvec *ip_addresses; /* literals, IPv4 or IPv6 */
	bool must_staple;                  /* OID 1.3.6.1.5.5.7.1.24, status_request */
};

/* Makes a request and appends its DER form. ERR_CONFIG: no names, or an invalid one. */
int csr_make(const struct key *key, const struct csr_request *request, struct strbuf *ret_der,
	     struct error *err) WARN_UNUSED;

/* The contents of a CSR file. */
struct csr_contents {
	struct strbuf der;
	/* Lower case. A common name comes first, as in Certbot, even if the SAN lacks it. */
	struct strvec dns_names;
	struct strvec ip_addresses; /* canonical literals */
};

#define CSR_CONTENTS_INIT                                                                          \
	{                                                                                          \
		.der = STRBUF_INIT, .dns_names = STRVEC_INIT, .ip_addresses = STRVEC_INIT          \
	}
void csr_contents_init(struct csr_contents *contents);
void csr_contents_release(struct csr_contents *contents);
DEFINE_AUTO(csr_contents, csr_contents_release);
/* Reads a PEM or DER request into initialised contents. ERR_PARSE; ERR_REFUSED when its signature
 * is wrong; ERR_CONFIG when it has no SAN, or a common name that is not a host name or address. */
int csr_read(const char *bytes, size_t len, struct csr_contents *ret_contents,
	     struct error *err) WARN_UNUSED;

/* Appends the digest of the request's public key, see key_public_digest(). */
void csr_public_digest(const struct csr_contents *contents, struct strbuf *out);
/* Appends the request as PEM. */
void csr_to_pem(const struct csr_contents *contents, struct strbuf *out);
/* Does the text begin as csr_to_pem() writes it? A key does not. */
bool csr_is_pem(const char *text, size_t len);

#endif
