/*
 * The order machine: from identifiers and a CSR to a certificate (RFC 8555 section 7.4), one
 * instance per certificate, any number over one server.
 *
 *	acme_order_new(&order, server, &request);
 *	loop: acme_order_step(order, reply or NULL, now_ms, &action, err)
 *
 * After PRESENT the caller sets present_error of each challenge and steps again; a challenge that
 * was not put in place counts as failed without asking the CA. Cleanup is the caller's: as soon as
 * acme_order_validated() is true, or the machine has ended, the challenges are no longer needed.
 */
#ifndef ACME_ORDER_H
#define ACME_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "acme/problem.h"
#include "acme/server.h"
#include "acme/types.h"
#include "acme/wire.h"

struct acme_order;
struct cert_chain;

enum acme_order_flags {
	ACME_ORDER_REQUIRE_PROFILE = 1 << 0,  /* fail when the CA does not list `profile` */
	ACME_ORDER_FRESH_AUTHZ = 1 << 1,      /* dry run: deactivate valid authorizations first */
	ACME_ORDER_DEACTIVATE_AFTER = 1 << 2, /* dry run: leave no valid authorization behind */
	ACME_ORDER_PAUSE_PRESENTED = 1 << 3,  /* unused by the machine; for --debug-challenges */
};

struct acme_order_request {
	const struct acme_identifiers *identifiers; /* copied */
	const char *csr_der;                        /* copied */
	size_t csr_der_len;
	const enum acme_challenge_type *preference; /* types to use, best first; copied */
	size_t preference_count;     /* 0: enough only when the CA wants nothing validated */
	const char *profile;         /* used when the CA lists it; NULL: none */
	const char *replaces;        /* ARI id of the certificate this one replaces, or NULL */
	const char *preferred_chain; /* issuer CN of the wanted chain's top, or NULL */
	/* Longest time for each of: getting the challenges, from finalize to the certificate,
	 * its download. What lies between has limits of its own: the authenticator's, and 30
	 * minutes or 40 polls for validation. A CA that is busy (429, 503) is waited for no
	 * longer than this. */
	int64_t issuance_timeout_ms;
	unsigned flags;
};

/* ERR_USAGE: no names. */
int acme_order_new(struct acme_order **ret_order, struct acme_server *server,
		   const struct acme_order_request *request, struct error *err) WARN_UNUSED;
void acme_order_free(struct acme_order *order);
DEFINE_AUTO_PTR(acme_order, acme_order_free);

/* Goes on as far as it can. Returns 0 and an action, or the negative code of the error with
 * action FAILED. `reply` answers an earlier SEND (NULL at first, after PRESENT and WAIT, and to ask
 * for another SEND). ERR_CHALLENGE: see acme_order_failures(); ERR_RATE_LIMITED: see retry_at;
 * ERR_CONFIG: profile or challenge types do not suit the CA; ERR_PROTOCOL, ERR_NETWORK, ERR_ACME,
 * ERR_BUSY (the CA took too long). */
int acme_order_step(struct acme_order *order, const struct acme_reply *reply, int64_t now_ms,
		    struct acme_action *ret_action, struct error *err) WARN_UNUSED;

/* True once the CA needs none of the challenges any more. */
bool acme_order_validated(const struct acme_order *order);
/* True once the CA may have issued a certificate for the CSR. */
bool acme_order_csr_sent(const struct acme_order *order);
/* Hands over the downloaded chain; after DONE, once. Whether it fits the request is for the caller
 * to check. */
void acme_order_take_chain(struct acme_order *order, struct cert_chain *ret_chain);
/* The time by the CA's clock when it was downloaded, Unix seconds; 0: the CA did not say. */
int64_t acme_order_server_time(const struct acme_order *order);
/* True when the chain is the one that preferred_chain asked for. */
bool acme_order_preferred_chain_found(const struct acme_order *order);
/* Which identifiers the CA refused and why; valid after FAILED (also empty then). */
const struct acme_failures *acme_order_failures(const struct acme_order *order);
/* Authorizations that could not be deactivated (dry run): worth a warning. */
size_t acme_order_left_valid(const struct acme_order *order);
/* Name of the present state, static: "waiting for validation". */
const char *acme_order_state_name(const struct acme_order *order);

#endif
