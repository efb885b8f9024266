/*
 * The states of an order that rows name: each has a function that does what can be done now, and
 * one that processes an answer (struct acme_order_row), plus what they share with ACME v1. Used by
 * acme/ only.
 */
#ifndef ACME_ORDER_STEPS_H
#define ACME_ORDER_STEPS_H

#include "acme/order_state.h"

/* Asks the caller to put the challenges in place, then checks whether it did. */
int acme_order_present(struct acme_order *order, struct acme_turn *turn, struct error *err);
/* Tells the CA, challenge by challenge, that they are in place. */
int acme_order_answer(struct acme_order *order, struct acme_turn *turn, struct error *err);
/* Notes whether the CA accepted it; if that is unclear, reads the authorization to find out. */
int acme_order_answer_answered(struct acme_order *order, struct acme_answer *answer,
			       struct error *err);
/* Shows people what a CA that keeps trying says of an authorization. */
void acme_order_note_complaint(struct acme_order *order, const struct acme_authz_object *object);
/* Polls the order until the CA has validated all identifiers. */
int acme_order_validation(struct acme_order *order, struct acme_turn *turn, struct error *err);
/* Goes on to finalize when the order is ready, and to the faults when it is invalid or time is
 * up. */
int acme_order_validation_answered(struct acme_order *order, struct acme_answer *answer,
				   struct error *err);
/* Reads the authorizations to find out which failed, until all are settled or time is up. */
int acme_order_faults(struct acme_order *order, struct acme_turn *turn, struct error *err);
/* Notes why an authorization failed. One that cannot be read gets no reason of its own. */
int acme_order_faults_answered(struct acme_order *order, struct acme_answer *answer,
			       struct error *err);

/* Sends the CSR. */
int acme_order_finalize(struct acme_order *order, struct acme_turn *turn, struct error *err);
/* Continues as the order's status says; if it is unclear whether the CSR arrived, reads the order
 * first. */
int acme_order_finalize_answered(struct acme_order *order, struct acme_answer *answer,
				 struct error *err);
/* Polls the order until the certificate is issued. */
int acme_order_issuance(struct acme_order *order, struct acme_turn *turn, struct error *err);
/* Continues as the order's status says. */
int acme_order_issuance_answered(struct acme_order *order, struct acme_answer *answer,
				 struct error *err);
/* Downloads the certificate with its chain. */
int acme_order_download(struct acme_order *order, struct acme_turn *turn, struct error *err);
/* Keeps the chain, and collects the alternates if it is not the preferred one. */
int acme_order_download_answered(struct acme_order *order, struct acme_answer *answer,
				 struct error *err);
/* Downloads the alternate chains one by one until one is the preferred one. */
int acme_order_alternates(struct acme_order *order, struct acme_turn *turn, struct error *err);
/* Keeps the chain if it is the preferred one. An alternate that cannot be read is skipped, since
 * there is a certificate already. */
int acme_order_alternates_answered(struct acme_order *order, struct acme_answer *answer,
				   struct error *err);
/* The chain of an answer, which stays the answer's; notes the CA's clock. ERR_PROTOCOL. */
int acme_order_find_chain(struct acme_order *order, const struct acme_answer *answer,
			  const struct cert_chain **ret_chain, struct error *err) WARN_UNUSED;
/* Goes on once the chain is complete and there are no others: notes whether it is the preferred
 * one. */
void acme_order_end_chain(struct acme_order *order);
/* Deactivates all authorizations at the end of a dry run. */
int acme_order_deactivate(struct acme_order *order, struct acme_turn *turn, struct error *err);

#endif
