/*
 * The states of an order that rows name: each has a function that does what can be done now, and
 * one that processes an answer (struct acme_order_row), plus what they share with ACME v1: in
 * order_creation.c up to the challenges, in order_validation.c until they are valid, in
 * order_issuance.c from there, and in order_deactivation.c what takes authorizations back. Used by
 * acme/ only.
 */
#ifndef ACME_ORDER_ORDER_STEPS_H
#define ACME_ORDER_ORDER_STEPS_H

#include "acme/order/order_state.h"

/* Sends newOrder, when it is the order's turn. */
int acme_order_create(struct acme_order *order, struct acme_turn *turn, struct error *err);
/* Takes the new order's URLs; one that is refused for what it replaces is ordered without that. */
int acme_order_create_answered(struct acme_order *order, struct acme_answer *answer,
			       struct error *err);
/* Looks at the order that is to be gone on with. */
int acme_order_resume(struct acme_order *order, struct acme_turn *turn, struct error *err);
/* Goes on as its status says. */
int acme_order_resume_answered(struct acme_order *order, struct acme_answer *answer,
			       struct error *err);
/* With ACME_ORDER_CONFIRMED: has the caller note the new order's URL. */
int acme_order_opened(struct acme_order *order, struct acme_turn *turn, struct error *err);
/* With ACME_ORDER_CONFIRMED: true, once for each thing to agree to, when the turn's action is to
 * ask the caller. */
bool acme_order_asks_owner(struct acme_order *order, struct acme_turn *turn, bool finalizes);
/* Reads the order's authorizations. */
int acme_order_authorizations(struct acme_order *order, struct acme_turn *turn, struct error *err);
/* Notes whether the authorization is valid, and chooses one of its challenges if not. */
int acme_order_authorizations_answered(struct acme_order *order, struct acme_answer *answer,
				       struct error *err);
/* Starts the deactivation of one authorization, for acme_order_round(). */
void acme_order_start_deactivation(struct acme_order *order, size_t index);
/* Reads the answer about an authorization, see acme_authz_object_read(). */
int acme_order_read_authorization(const struct acme_order *order, const struct acme_answer *answer,
				  struct acme_authz_object *ret_object,
				  struct error *err) WARN_UNUSED;
/* Returns the values from which the challenges of one of the identifiers are computed, borrowed. */
struct acme_challenge_context acme_order_challenge_context(const struct acme_order *order,
							   size_t identifier);
/* Notes what a new order's authorization says of itself. True when it is pending, and so one of its
 * challenges has to be chosen. */
bool acme_order_note_status(struct acme_order *order, struct acme_authz *authz,
			    const struct acme_authz_object *object);
/* Goes on after an authorization of a new order has been read; `err` is what went wrong, if
 * anything. AGAIN also when no challenge of it can be used (ERR_CONFIG): the order is withdrawn
 * once all are known. */
int acme_order_after_reading(struct acme_order *order, struct error *err);
/* Deactivates what is pending, then fails. */
int acme_order_withdraw(struct acme_order *order, struct acme_turn *turn, struct error *err);
/* Goes on once all authorizations are known: to the challenges, to fresh authorizations, or past
 * both. AGAIN or an error code. */
int acme_order_authorized(struct acme_order *order, struct error *err);
/* Deactivates the authorizations that a dry run must not reuse, then starts again. */
int acme_order_refresh(struct acme_order *order, struct acme_turn *turn, struct error *err);
/* Counts those that stay valid. */
int acme_order_deactivation_answered(struct acme_order *order, struct acme_answer *answer,
				     struct error *err);

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
/* Ends the machine. */
int acme_order_done(struct acme_order *order, struct acme_turn *turn, struct error *err);

#endif
