/*
 * The fast way to the public half of a private key: `certificates` compares it with the certificate
 * of every lineage, and OpenSSL's decoder takes ten times as long. Never included outside
 * src/crypto.
 *
 * It reads only keys as programs write them, and checks all that OpenSSL's decoder checks. All
 * others are left to key_pem.c, which reads everything and reports what is wrong.
 */
#ifndef CRYPTO_KEY_KEY_SCAN_H
#define CRYPTO_KEY_KEY_SCAN_H

#include <stdbool.h>

#include "base/span.h"
#include "base/strbuf.h"

enum key_algorithm {
	KEY_ALGORITHM_OTHER,
	KEY_ALGORITHM_RSA,
	KEY_ALGORITHM_P256,
	KEY_ALGORITHM_P384,
	KEY_ALGORITHM_P521,
};

/* Recognises the contents of an AlgorithmIdentifier: RSA with NULL, or EC with a named curve. */
enum key_algorithm key_scan_algorithm(struct span content);
/* The first octet of a point that has both coordinates. */
enum { KEY_SCAN_WHOLE_POINT = 4 };

/* True when a point (SEC 1 section 2.3.3) has both coordinates, as nearly all certificates have
 * them: its octets can be compared with theirs. */
bool key_scan_is_whole_point(struct span point);
/* Appends the octets of the subjectPublicKey that belongs to the private key in a PEM text. False,
 * with nothing appended, when key_pem_public_bits() has to find them. */
bool key_scan_public_bits(struct span pem, struct strbuf *out);

#endif
