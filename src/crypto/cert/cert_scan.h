/*
 * The fast way to read a certificate: `certificates` and `renew` read every certificate in the
 * store, and OpenSSL's decoder takes ten times as long. Never included outside src/crypto.
 *
 * It reads only certificates as CAs issue them (DER, version 3, names of printable ASCII, the usual
 * kinds of keys and alternative names), and checks everything in them that OpenSSL checks. All
 * others are left to cert_der.h, which reads everything and reports what is wrong.
 */
#ifndef CRYPTO_CERT_CERT_SCAN_H
#define CRYPTO_CERT_CERT_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* Borrowed from the bytes that were scanned. */
struct cert_parts {
	struct span tbs;       /* the encoded TBSCertificate, which is what is signed */
	struct span algorithm; /* object identifier of the signature algorithm */
	struct span signature;
	struct span serial;          /* octets of a non-negative number */
	struct span issuer, subject; /* encoded names */
	struct span issuer_cn, subject_cn;
	struct span key;           /* the encoded SubjectPublicKeyInfo */
	struct span key_algorithm; /* object identifier */
	struct span key_bits;
	struct span names;    /* contents of the alternative names: see cert_scan_take_name() */
	struct span ocsp_url; /* empty: none */
	int64_t not_before, not_after; /* Unix seconds */
};

/* Reads a certificate. False when it must be read the slow way; then the parts must not be used. */
bool cert_scan(struct span der, struct cert_parts *ret_parts);

/* True when the public key is encoded as OpenSSL would encode it: RSA, and points of the usual
 * elliptic curves that are not compressed. */
bool cert_scan_key_is_canonical(const struct cert_parts *parts);

enum cert_name_kind {
	CERT_NAME_DNS,
	CERT_NAME_ADDRESS, /* 4 or 16 octets */
	CERT_NAME_OTHER,   /* mail address or URI */
};
/* Takes the next name from `parts->names`; false at the end. */
bool cert_scan_take_name(struct span *names, enum cert_name_kind *ret_kind, struct span *ret_name);

#endif
