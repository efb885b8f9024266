/*
 * Is a certificate revoked? Request and response bytes only; app/ does the HTTP (RFC 6960).
 */
#ifndef CRYPTO_OCSP_H
#define CRYPTO_OCSP_H

#include <stdint.h>

#include "base/error.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "crypto/cert.h"

enum ocsp_status {
	OCSP_GOOD,
	OCSP_REVOKED,
	OCSP_UNKNOWN,
};

/* Appends the DER request (SHA-1 CertID). */
int ocsp_request(const struct cert *cert, const struct cert *issuer, struct strbuf *ret_der,
		 struct error *err) WARN_UNUSED;
/* A response and what it is about. */
struct ocsp_question {
	const struct cert *cert, *issuer;
	struct span response_der;
	int64_t now_seconds;
};
/* Verifies signature (issuer or a delegate it signed) and times, with five minutes for clocks that
 * differ; ERR_PROTOCOL for anything wrong. */
int ocsp_response(const struct ocsp_question *question, enum ocsp_status *ret_status,
		  struct error *err) WARN_UNUSED;

#endif
