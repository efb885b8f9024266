/*
 * Checks whether a certificate is revoked (RFC 6960). Makes and reads the bytes of requests and
 * responses; app/ does the HTTP.
 */
#ifndef CRYPTO_CERT_OCSP_H
#define CRYPTO_CERT_OCSP_H

#include <stdint.h>

#include "base/error.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "crypto/cert/cert.h"

enum ocsp_status {
	OCSP_GOOD,
	OCSP_REVOKED,
	OCSP_UNKNOWN,
};

/* Appends a DER request for the certificate (SHA-1 CertID). */
int ocsp_request(const struct cert *cert, const struct cert *issuer, struct strbuf *ret_der,
		 struct error *err) WARN_UNUSED;
/* A response and the certificate it is about. */
struct ocsp_question {
	const struct cert *cert, *issuer;
	struct span response_der;
	int64_t now_seconds;
};
/* Verifies the signature (by the issuer, or a delegate certified by it) and the times, allowing
 * clocks to differ by five minutes. ERR_PROTOCOL when anything is wrong. */
int ocsp_response(const struct ocsp_question *question, enum ocsp_status *ret_status,
		  struct error *err) WARN_UNUSED;

#endif
