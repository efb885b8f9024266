/*
 * Questions to name servers, any number at the same time: UDP, and TCP where an answer is cut short
 * or does not come.
 */
#ifndef NET_DNS_EXCHANGE_H
#define NET_DNS_EXCHANGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "net/name_server.h"

enum dns_exchange_flags {
	DNS_TCP_FIRST = 1 << 0, /* TCP, and UDP where no connection is made */
};

struct dns_exchange {
	struct name_server server;
	struct strbuf query;
	unsigned flags;
	struct strbuf reply; /* the answer, unless `error` is set */
	struct error error;  /* ERR_NETWORK: no answer; the text names the server */
};
void dns_exchange_release(struct dns_exchange *exchange);

/* Performs them all, but for those that have an error already; each gets a reply or an error of its
 * own within timeout_ms. ERR_CANCELLED: a signal came. */
int dns_exchange_all(struct dns_exchange *exchanges, size_t count, int64_t timeout_ms,
		     struct error *err) WARN_UNUSED;

#endif
