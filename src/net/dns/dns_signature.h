/*
 * The signature of an answer (TSIG, RFC 8945) taken apart, without the key: what the process that
 * reads the message gives to the one that holds the key, which then only computes a MAC over bytes
 * that mean nothing to it.
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
	struct strbuf signed_bytes; /* the message as it was signed; empty: there is no signature */
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

/* Takes the signature out of a message from outside. False: it has none, or one that breaks the
 * bounds above; `ret_signature` stays empty then. */
bool dns_signature_read(struct span message, struct dns_signature *ret_signature);
/* True when a signature stands before the last record, which breaks RFC 8945 section 5.1. */
bool dns_signature_is_stray(struct span message);

#endif
