/*
 * Transaction signatures (RFC 8945) over DNS messages as bytes, by OpenSSL's HMAC for all
 * algorithms: ldns knows only some of them, and one way is easier to trust than two.
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

/* "HMAC-SHA256" in any case. ERR_CONFIG: "Unknown algorithm". */
int dns_key_algorithm(const char *text, enum digest_kind *ret_kind, struct error *err) WARN_UNUSED;
/* ERR_CONFIG: the secret is not base64, or the name is none. */
int dns_key_make(const char *name, const char *base64, enum digest_kind algorithm,
		 struct dns_key *ret_key, struct error *err) WARN_UNUSED;

/* Appends the signature to a message of ours; `ret_mac` (raw) is needed to check the answer. */
void dns_tsig_sign(const struct dns_key *key, int64_t now_seconds, struct strbuf *message,
		   struct strbuf *ret_mac);
/* Checks the signature of the question's answer. ERR_PROTOCOL: none, or wrong. ERR_CONFIG: the
 * server does not know the key (BADKEY, BADSIG), or the clocks differ (BADTIME). */
int dns_tsig_verify(const struct dns_key *key, struct span request_mac,
		    const struct dns_question *question, int64_t now_seconds,
		    struct error *err) WARN_UNUSED;

#endif
