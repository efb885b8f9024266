/*
 * The internals of struct acme_order, shared by the files that implement its states: see
 * order_steps.h and v1/order.h. Knows nothing of order.h, which is built on all of them.
 */
#ifndef ACME_ORDER_ORDER_STATE_H
#define ACME_ORDER_ORDER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "acme/authz.h"
#include "acme/call.h"
#include "acme/order/order_object.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "crypto/cert/cert.h"

enum acme_order_state {
	ACME_STATE_DIRECTORY,
	ACME_STATE_NEW,
	ACME_STATE_RESUME,
	ACME_STATE_OPENED,
	ACME_STATE_AUTHORIZATIONS,
	ACME_STATE_REFRESH,
	ACME_STATE_WITHDRAW,
	ACME_STATE_PRESENT,
	ACME_STATE_ANSWER,
	ACME_STATE_VALIDATION,
	ACME_STATE_FAULTS,
	/* From here on the CA no longer needs the challenges. */
	ACME_STATE_FINALIZE,
	ACME_STATE_ISSUANCE,
	ACME_STATE_DOWNLOAD,
	ACME_STATE_ALTERNATES,
	ACME_STATE_DEACTIVATE,
	ACME_STATE_DONE,
	ACME_STATE_FAILED,
	ACME_STATE__COUNT,
};

struct acme_order;

struct acme_order_row {
	const char *name;  /* what is happening, for people */
	const char *doing; /* for errors: "cannot <doing>: ..." */
	/* Does what can be done now and returns an enum acme_progress or an error code. */
	int (*advance)(struct acme_order *order, struct acme_turn *turn, struct error *err);
	/* Processes an answer: AGAIN or an error code. NULL when the state makes no calls. */
	int (*answered)(struct acme_order *order, struct acme_answer *answer, struct error *err);
};

/* How one version of the protocol orders a certificate. */
struct acme_order_flow {
	const struct acme_order_row *rows; /* one for each state */
	/* The payload that tells the CA that a challenge is in place; the caller frees it. */
	char *(*answer)(const struct acme_challenge *challenge);
	const char *deactivation; /* the payload that deactivates an authorization */
	const char *authz_status; /* of an authorization that tells none; NULL: it must */
};

struct acme_authz {
	char *url;
	size_t identifier;           /* index in the order's list */
	bool valid;                  /* valid when first read: nothing to present */
	bool pending;                /* pending when first read */
	struct acme_challenge offer; /* chosen; moves to the order's list for PRESENT */
	size_t challenge;            /* index in that list; unused if `valid` */
	unsigned tries;              /* times the challenge was answered */
	bool lost;                   /* the last answer got no reply */
	bool settled;                /* its outcome is known */
	struct error refusal;        /* why the CA refused the answer to its challenge */
};

struct acme_order {
	struct acme_calls calls;
	const struct acme_order_flow *flow;
	enum acme_order_state state;
	int64_t now_ms;
	size_t next; /* position in a state that handles one item after another */

	/* The request. */
	struct acme_identifiers identifiers;
	struct strbuf csr_der;
	struct acme_preference preference;
	char *profile;
	char *replaces;
	char *resumes;
	char *preferred_chain;
	int64_t issuance_timeout_ms;
	unsigned flags;

	/* The CA's answers. */
	char *url;
	char *finalize_url;
	char *certificate_url;
	struct acme_authz *authzs;
	size_t authz_count;
	struct acme_challenge *challenges;
	size_t challenge_count;
	struct strvec alternates;

	/* Time. */
	int64_t phase_end_ms;
	int64_t next_poll_ms;
	int64_t backoff_ms;
	unsigned polls;

	bool is_confirmed; /* the caller has agreed to what comes next */
	bool is_ready;     /* a new order needs no challenge */
	bool is_dead;      /* the CA has said so */
	bool refreshed;    /* valid authorizations were deactivated; this is the second order */
	bool broken;       /* an authorization failed for good */
	unsigned finalize_tries;
	bool finalize_again; /* the last try did not reach the order */
	/* Why the CA made the order invalid, or why we give it up. */
	struct error invalid;
	bool gave_up;    /* we stopped waiting */
	size_t looked;   /* authorizations that were read while waiting */
	char *complaint; /* about a name that the CA still tries: follows "waiting for the CA" */

	/* ACME v1: how many issuers were asked for, and what the chain is when the next one is. */
	unsigned links;
	struct strbuf chain_start;

	/* The result. */
	struct cert_chain chain;
	int64_t server_time; /* Unix seconds, from the Date of the download; 0: unknown */
	bool preferred_chain_found;
	size_t left_valid;
	struct acme_failures failures;
};

/* The row of the current state; static. */
const struct acme_order_row *acme_order_row(const struct acme_order *order);
/* Changes the state and traces the change. Nothing else sets `state`. */
void acme_order_enter(struct acme_order *order, enum acme_order_state state);
/* Gives the turn to order back, if the order has it. */
void acme_order_end_ordering(struct acme_order *order);
/* Forgets what belongs to one order of the CA; what was asked for stays. */
void acme_order_forget(struct acme_order *order);
/* Starts a phase that may take up to `limit_ms`. */
void acme_order_begin_phase(struct acme_order *order, int64_t limit_ms);

/* A POST to be started; payload "" is POST-as-GET. */
struct acme_order_post {
	const char *url;
	const char *payload;
	const char *accept;
	struct span chain_start; /* see struct acme_request; must stay until the answer */
	unsigned flags;
	size_t subject;
};
/* Starts the POST, with the time limit of the phase. Copies what it needs. */
void acme_order_post(struct acme_order *order, const struct acme_order_post *post);
/* Starts the next call of a round over the authorizations; NULL in `wanted` selects all. AGAIN when
 * it started one, IDLE while answers are outstanding, END when all have been answered. */
int acme_order_round(struct acme_order *order, bool (*wanted)(const struct acme_authz *authz),
		     void (*start)(struct acme_order *order, size_t index));
/* Starts reading one authorization, for acme_order_round(). */
void acme_order_start_fetch(struct acme_order *order, size_t index);

/* Starts a POST-as-GET of the order when it is due; `accept` may be NULL. Returns IDLE or AGAIN. */
int acme_order_poll(struct acme_order *order, struct acme_turn *turn, const char *accept);
/* Schedules the next poll after a reply that brought no change: at Retry-After, else after growing
 * pauses. ERR_RATE_LIMITED when the CA asks for more time than is left; ERR_BUSY when time is
 * up. */
int acme_order_plan_poll(struct acme_order *order, const struct acme_reply *reply,
			 struct error *err) WARN_UNUSED;

/* Puts "cannot <doing>: ..." of the current state before the error and returns its code. */
int acme_order_wrap(const struct acme_order *order, struct error *err);
/* Sets the error for an answer that is not OK and returns its code. */
int acme_order_answer_error(struct acme_order *order, struct acme_answer *answer,
			    struct error *err);

/* Sorts the failures in the order of the identifiers, sets ERR_CHALLENGE and returns it. */
int acme_order_fail_challenges(struct acme_order *order, struct error *err);

#endif
