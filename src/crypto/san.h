/*
 * The names of certificates and requests (RFC 5280 4.2.1.6). Never included outside src/crypto.
 */
#ifndef CRYPTO_SAN_H
#define CRYPTO_SAN_H

#include <stdbool.h>

#include <openssl/x509v3.h>

#include "base/error.h"
#include "base/span.h"
#include "base/strvec.h"
#include "crypto/evp.h"

DEFINE_AUTO_EVP(GENERAL_NAMES, GENERAL_NAMES_free);

/* True when the bytes can be a host name or URL: printable ASCII without blanks, not empty. */
bool san_is_plain(struct span text);
/* Appends the DNS names and, as canonical literals, the IP addresses; other kinds are passed over.
 * ERR_PARSE: a name holds bytes that no name has (a NUL would hide what follows it). */
int san_read(const GENERAL_NAMES *names, struct strvec *ret_dns_names, struct strvec *ret_addresses,
	     struct error *err) WARN_UNUSED;
/* Appends the literal of an address of 4 or 16 octets. */
void san_add_literal(struct span octets, struct strvec *ret_addresses);
/* Appends one name. ERR_CONFIG: no name, or no address literal. */
int san_add_dns_name(GENERAL_NAMES *names, const char *text, struct error *err) WARN_UNUSED;
int san_add_address(GENERAL_NAMES *names, const char *literal, struct error *err) WARN_UNUSED;
/* Adds the names as a subjectAltName extension, not critical. */
void san_add_extension(STACK_OF(X509_EXTENSION) **extensions, const GENERAL_NAMES *names);

#endif
