/*
 * Asks questions in this process: builds the queries, sends them and parses the replies. Because
 * this parses bytes from outside, it is the child (dns_child.c) that normally calls it.
 */
#ifndef NET_DNS_DNS_PERFORM_H
#define NET_DNS_DNS_PERFORM_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "net/dns/dns_exchange.h"
#include "net/dns/dns_question.h"

/* Asks all questions that have no error yet, at the same time. Each gets its results or an
 * error within timeout_ms. Fails as dns_exchange_all() does. */
int dns_perform(struct dns_question *questions, size_t count, int64_t timeout_ms,
		const struct dns_watch *watch, struct error *err) WARN_UNUSED;

#endif
