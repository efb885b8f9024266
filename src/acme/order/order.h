/*
 * The order machine: from identifiers and a CSR to a certificate (RFC 8555 section 7.4). There is
 * one instance per certificate; any number of them can share a server.
 *
 *	acme_order_new(&order, server, &request);
 *	loop: acme_order_step(order, reply or NULL, now_ms, &action, err)
 *
 * After PRESENT the caller sets present_error of each challenge and steps again; a challenge that
 * was not put in place counts as failed without asking the CA. The caller also cleans up: the
 * challenges are no longer needed once acme_order_validated() is true or the machine has ended.
 */
#ifndef ACME_ORDER_ORDER_H
#define ACME_ORDER_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "acme/problem.h"
#include "acme/server.h"
#include "acme/types.h"
#include "acme/wire.h"

struct acme_order;
struct cert_chain;

struct acme_order_request {
	const struct acme_identifiers *identifiers; /* copied */
	const char *csr_der;                        /* copied */
	size_t csr_der_len;
	const enum acme_challenge_type *preference; /* challenge types to use, best first; copied */
	size_t preference_count; /* 0 works only when the CA needs no validation */
	const char *profile;     /* used when the CA lists it; NULL: none */
	const char *replaces;    /* ARI id of the certificate this one replaces, or NULL */
	const char *resumes;     /* URL of an order to go on with instead of a new one, or NULL */
	const char *preferred_chain; /* issuer CN of the wanted chain's top, or NULL */
	/* Limit for each of three phases: getting the challenges, from finalize to the certificate,
	 * and the download. The phases between them have their own limits: the authenticator's, and
	 * 30 minutes or 40 polls for validation. A busy CA (429, 503) is given no more time than
	 * this. */
	int64_t issuance_timeout_ms;
	unsigned flags;
};

/* Makes an order; the server is borrowed and must outlive it. ERR_USAGE when there are no
 * identifiers. */
int acme_order_new(struct acme_order **ret_order, struct acme_server *server,
		   const struct acme_order_request *request, struct error *err) WARN_UNUSED;
void acme_order_free(struct acme_order *order);
DEFINE_AUTO_PTR(acme_order, acme_order_free);

/* Advances as far as possible. Returns 0 and an action, or a negative error code and the action
 * FAILED. `reply` answers an earlier SEND; it is NULL at first, after PRESENT and WAIT, and when
 * asking for another SEND. ERR_CHALLENGE: see acme_order_failures(); ERR_RATE_LIMITED: see
 * retry_at; ERR_CONFIG: the CA does not support the profile or the challenge types; ERR_BUSY: the
 * CA took too long; also ERR_PROTOCOL, ERR_NETWORK and ERR_ACME. */
int acme_order_step(struct acme_order *order, const struct acme_reply *reply, int64_t now_ms,
		    struct acme_action *ret_action, struct error *err) WARN_UNUSED;

/* True once the CA no longer needs any of the challenges. */
bool acme_order_validated(const struct acme_order *order);
/* True once the CA has said that the order is no more: invalid, expired, or refused from the
 * start. */
bool acme_order_is_dead(const struct acme_order *order);
/* True once the CA may have issued a certificate for the CSR. */
bool acme_order_csr_sent(const struct acme_order *order);
/* Hands over the downloaded chain; call it once, after DONE. The caller checks that the chain
 * matches the request. */
void acme_order_take_chain(struct acme_order *order, struct cert_chain *ret_chain);
/* The CA's clock at the download, in Unix seconds; 0 when the CA did not say. */
int64_t acme_order_server_time(const struct acme_order *order);
/* True when the chain is the one that preferred_chain asked for. */
bool acme_order_preferred_chain_found(const struct acme_order *order);
/* Which identifiers the CA refused and why, borrowed; valid after FAILED, and possibly empty. */
const struct acme_failures *acme_order_failures(const struct acme_order *order);
/* Number of authorizations that could not be deactivated (dry run); worth a warning. */
size_t acme_order_left_valid(const struct acme_order *order);
/* Name of the current state, such as "waiting for validation"; static. */
const char *acme_order_state_name(const struct acme_order *order);

#endif
