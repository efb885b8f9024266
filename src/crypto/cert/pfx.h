/*
 * PKCS #12 files (RFC 7292): a key with its certificates, encrypted with a password.
 */
#ifndef CRYPTO_CERT_PFX_H
#define CRYPTO_CERT_PFX_H

#include <stdbool.h>

#include "base/secret.h"
#include "base/span.h"
#include "crypto/cert/cert.h"
#include "crypto/key/key.h"

struct pfx_request {
	const struct key *key;
	const struct cert *cert;
	struct span chain_pem; /* further certificates; may be empty */
	const char *password;  /* UTF-8; may be empty */
	const char *name;      /* of the entry, for people */
	/* 3DES and SHA-1, for systems that cannot read AES-256 and SHA-256: Windows before 2019,
	 * Java before 8u301, macOS before 15. */
	bool is_legacy;
};

/* Makes the file. ERR_PARSE: the chain is malformed. ERR_INTERNAL: the library refuses, as a FIPS
 * one does the old encryption. */
int pfx_make(const struct pfx_request *request, struct secret *ret_der,
	     struct error *err) WARN_UNUSED;

#endif
