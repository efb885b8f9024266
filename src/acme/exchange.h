/*
 * A small machine for one operation (account.h has them), driven like an order: it fetches the
 * directory, sends a request to one of its URLs and evaluates the answer.
 */
#ifndef ACME_EXCHANGE_H
#define ACME_EXCHANGE_H

#include <stdint.h>

#include "acme/wire.h"
#include "base/error.h"
#include "base/macros.h"

struct acme_exchange;

void acme_exchange_free(struct acme_exchange *exchange);
DEFINE_AUTO_PTR(acme_exchange, acme_exchange_free);

/* Like acme_order_step(), but never returns PRESENT. The exchange waits at most 60 s in total when
 * the CA asks for it; a longer Retry-After is ERR_RATE_LIMITED with retry_at. */
int acme_exchange_step(struct acme_exchange *exchange, const struct acme_reply *reply,
		       int64_t now_ms, struct acme_action *ret_action,
		       struct error *err) WARN_UNUSED;
/* Body of the final reply, borrowed; valid after DONE. "" when it was empty. */
const char *acme_exchange_body(const struct acme_exchange *exchange);

/* ACME v1: the URL of the terms of service that the account has not agreed to, of which a creation
 * or a query learned; borrowed, or NULL when there are none. Valid after DONE. */
const char *acme_exchange_terms(const struct acme_exchange *exchange);

/* Returns true when a request of the exchange got no reply that tells what became of it: whatever
 * came of its repetitions, it may have taken effect. */
bool acme_exchange_maybe_done(const struct acme_exchange *exchange);

struct acme_window {
	int64_t start, end;    /* Unix seconds */
	int64_t retry_after;   /* Unix seconds: when to ask again; 0: the CA did not say */
	char *explanation_url; /* printable https URL or NULL */
};
/* The window of acme_renewal_info(), valid after DONE; explanation_url is borrowed. */
const struct acme_window *acme_exchange_window(const struct acme_exchange *exchange);

#endif
