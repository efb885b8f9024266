/*
 * Asking questions in this process: queries are made, sent, and what comes back is read. Outside
 * bytes are parsed here, so it is the child (dns_child.c) that does it.
 */
#ifndef NET_DNS_DNS_PERFORM_H
#define NET_DNS_DNS_PERFORM_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "net/dns/dns_question.h"

/* Asks all that have no error yet at the same time; each gets its results within timeout_ms.
 * ERR_CANCELLED: there is something to be read from stop_fd (-1: never). */
int dns_perform(struct dns_question *questions, size_t count, int64_t timeout_ms, int stop_fd,
		struct error *err) WARN_UNUSED;

#endif
