/*
 * Messages to name servers and their answers as bytes, any number at the same time: UDP, and TCP
 * where an answer is cut short or does not come. For the process that has no rights.
 */
#ifndef NET_DNS_DNS_EXCHANGE_H
#define NET_DNS_DNS_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "net/dns/name_server.h"

struct dns_exchange {
	struct name_server server;
	struct strbuf query; /* empty: none, nothing is done */
	bool tcp_first;
	struct strbuf reply; /* the answer, unless `error` is set */
	struct error error;  /* ERR_NETWORK: no answer; the text names the server */
};
void dns_exchange_release(struct dns_exchange *exchange);

/* Performs them all, but for those without a query; each gets a reply or an error of its own within
 * timeout_ms, for every DNS_EXCHANGE_MAX of them. ERR_CANCELLED: there is something to be read from
 * stop_fd (-1: never). */
#define DNS_EXCHANGE_MAX 256
int dns_exchange_all(struct dns_exchange *exchanges, size_t count, int64_t timeout_ms, int stop_fd,
		     struct error *err) WARN_UNUSED;

#endif
