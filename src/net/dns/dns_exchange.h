/*
 * Exchanges bytes with name servers, any number at the same time: over UDP, and over TCP when an
 * answer is truncated or does not arrive. Runs in the process that has no rights.
 */
#ifndef NET_DNS_DNS_EXCHANGE_H
#define NET_DNS_DNS_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "net/channel.h"
#include "net/dns/name_server.h"

struct dns_exchange {
	struct name_server server;
	struct strbuf query; /* empty: the exchange is skipped */
	bool tcp_first;
	struct strbuf reply; /* the answer, unless `error` is set */
	struct error error;  /* ERR_NETWORK: no answer; the text names the server */
};
void dns_exchange_release(struct dns_exchange *exchange);

/* How the work is followed: by what can stop it, and by whom signs of life are expected. */
struct dns_watch {
	int stop_fd;             /* stops the work when it can be read; -1: nothing does */
	struct channel *channel; /* gets signs of life (net/channel.h), or NULL */
};

/* Exchanges performed at the same time. */
#define DNS_EXCHANGE_MAX 256

/* Performs all exchanges that have a query. Each gets a reply or an error of its own. The time
 * limit is timeout_ms per DNS_EXCHANGE_MAX exchanges. ERR_CANCELLED: stop_fd has become readable.
 * ERR_IO: the channel's peer is gone. */
int dns_exchange_all(struct dns_exchange *exchanges, size_t count, int64_t timeout_ms,
		     const struct dns_watch *watch, struct error *err) WARN_UNUSED;

#endif
