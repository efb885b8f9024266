/*
 * The parts of an answer's signature (TSIG, RFC 8945). The process that parses the message has no
 * key and extracts these parts; the process that holds the key only has to compute a MAC over the
 * bytes.
 */
#ifndef NET_DNS_DNS_SIGNATURE_H
#define NET_DNS_DNS_SIGNATURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"

enum {
	DNS_MAX_SIGNATURE_NAME = 255, /* bytes in wire form */
	DNS_MAX_MAC = 64,
	DNS_MAX_SIGNATURE_OTHER = 16, /* the server's clock has 6 */
};

struct dns_signature {
	struct strbuf signed_bytes; /* the message as it was signed; empty: it has no signature */
	struct strbuf key_name, algorithm; /* in wire form */
	int64_t time_signed;               /* Unix seconds */
	uint16_t fudge;                    /* seconds */
	struct strbuf mac;
	uint16_t error; /* enum of RFC 8945 section 3: 17 is BADKEY */
	struct strbuf other;
};
void dns_signature_init(struct dns_signature *signature);
void dns_signature_release(struct dns_signature *signature);
DEFINE_AUTO(dns_signature, dns_signature_release);

/* Extracts the signature of a message from outside. Returns false if it has none, or one that
 * exceeds the bounds above; `ret_signature` then stays empty. */
bool dns_signature_read(struct span message, struct dns_signature *ret_signature);
/* Returns true if a signature comes before the last record, which violates RFC 8945 section 5.1. */
bool dns_signature_is_stray(struct span message);

#endif
