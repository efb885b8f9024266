/*
 * The quick way into a certificate: `certificates` and `renew` look at every one there is, and
 * OpenSSL's decoder takes ten times as long. Never included outside src/crypto.
 *
 * Only certificates as CAs make them are read (DER, version 3, names of printable ASCII, the usual
 * kinds of keys and alternative names), and of those everything that OpenSSL checks is checked.
 * What is any different is left to cert_der.h, which knows all there is and says what is wrong.
 */
#ifndef CRYPTO_CERT_SCAN_H
#define CRYPTO_CERT_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* Borrowed from the bytes that were scanned. */
struct cert_parts {
	struct span tbs;       /* the encoded TBSCertificate, which is what is signed */
	struct span algorithm; /* object identifier of the signature's */
	struct span signature;
	struct span serial;          /* octets of a number above or equal to 0 */
	struct span issuer, subject; /* encoded names */
	struct span issuer_cn, subject_cn;
	struct span key_algorithm; /* object identifier */
	struct span key_bits;
	struct span names;    /* inside of the alternative names: see cert_scan_take_name() */
	struct span ocsp_url; /* no length: none */
	int64_t not_before, not_after; /* Unix seconds */
};

/* False: read it the long way. Then, and only then, the parts are not to be used. */
bool cert_scan(struct span der, struct cert_parts *ret_parts);

enum cert_name_kind {
	CERT_NAME_DNS,
	CERT_NAME_ADDRESS, /* 4 or 16 octets */
	CERT_NAME_OTHER,   /* mail address or URI */
};
/* Takes the next of `parts->names`; false at the end. */
bool cert_scan_take_name(struct span *names, enum cert_name_kind *ret_kind, struct span *ret_name);

#endif
