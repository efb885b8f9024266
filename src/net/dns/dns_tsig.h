/*
 * Transaction signatures (RFC 8945) over DNS messages as bytes. OpenSSL computes the HMAC for all
 * algorithms, because ldns supports only some of them.
 */
#ifndef NET_DNS_DNS_TSIG_H
#define NET_DNS_DNS_TSIG_H

#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/secret.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "crypto/digest.h"
#include "net/dns/dns_question.h"

struct dns_key {
	char *name; /* lower case, no final dot */
	enum digest_kind algorithm;
	struct secret secret; /* raw bytes */
};
void dns_key_release(struct dns_key *key);
DEFINE_AUTO(dns_key, dns_key_release);

/* Parses an algorithm name such as "HMAC-SHA256", in any case. ERR_CONFIG: unknown algorithm. */
int dns_key_algorithm(const char *text, enum digest_kind *ret_kind, struct error *err) WARN_UNUSED;
/* Makes a key from its name and its base64 secret; the caller releases it. ERR_CONFIG: the secret
 * is not valid base64, or the name is not a valid domain name. */
int dns_key_make(const char *name, const char *base64, enum digest_kind algorithm,
		 struct dns_key *ret_key, struct error *err) WARN_UNUSED;

/* Signs one of our messages by appending a TSIG record. `ret_mac` receives the raw MAC, which
 * dns_tsig_verify() needs to check the answer. */
void dns_tsig_sign(const struct dns_key *key, int64_t now_seconds, struct strbuf *message,
		   struct strbuf *ret_mac);
/* Verifies the signature of the question's answer. ERR_PROTOCOL: the signature is missing or wrong.
 * ERR_CONFIG: the server does not know the key (BADKEY, BADSIG), or the clocks differ (BADTIME). */
int dns_tsig_verify(const struct dns_key *key, struct span request_mac,
		    const struct dns_question *question, int64_t now_seconds,
		    struct error *err) WARN_UNUSED;

#endif
