/*
 * The subject alternative names of certificates and requests (RFC 5280 4.2.1.6). Never included
 * outside src/crypto.
 */
#ifndef CRYPTO_CERT_SAN_H
#define CRYPTO_CERT_SAN_H

#include <stdbool.h>

#include <openssl/x509v3.h>

#include "base/error.h"
#include "base/span.h"
#include "base/strvec.h"
#include "crypto/evp.h"

DEFINE_AUTO_EVP(GENERAL_NAMES, GENERAL_NAMES_free);

/* True when the bytes could be a host name or URL: printable ASCII without blanks, not empty. */
bool san_is_plain(struct span text);
/* Appends the DNS names and, as canonical literals, the IP addresses; other kinds are skipped.
 * ERR_PARSE: a name has bytes that no name may contain (a NUL would hide what follows it). */
int san_read(const GENERAL_NAMES *names, struct strvec *ret_dns_names, struct strvec *ret_addresses,
	     struct error *err) WARN_UNUSED;
/* Appends the literal of an address with 4 or 16 octets. */
void san_add_literal(struct span octets, struct strvec *ret_addresses);
/* Appends a DNS name. ERR_CONFIG: not a valid name. */
int san_add_dns_name(GENERAL_NAMES *names, const char *text, struct error *err) WARN_UNUSED;
/* Appends an IP address. ERR_CONFIG: not an address literal. */
int san_add_address(GENERAL_NAMES *names, const char *literal, struct error *err) WARN_UNUSED;
/* Adds the names as a non-critical subjectAltName extension. */
void san_add_extension(STACK_OF(X509_EXTENSION) **extensions, const GENERAL_NAMES *names);

#endif
