/*
 * The inside of struct acme_order and its states, for the three files that hold them: order.c (up
 * to the challenges), order_validation.c (present, answer, wait), order_issuance.c (finalize,
 * download).
 */
#ifndef ACME_ORDER_STATE_H
#define ACME_ORDER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "acme/authz.h"
#include "acme/call.h"
#include "acme/order.h"
#include "acme/order_object.h"
#include "base/strbuf.h"
#include "base/strvec.h"
#include "crypto/cert.h"

enum acme_order_state {
	ACME_STATE_DIRECTORY,
	ACME_STATE_NEW,
	ACME_STATE_AUTHORIZATIONS,
	ACME_STATE_REFRESH,
	ACME_STATE_PRESENT,
	ACME_STATE_ANSWER,
	ACME_STATE_VALIDATION,
	ACME_STATE_FAULTS,
	/* From here on the CA needs no challenge any more. */
	ACME_STATE_FINALIZE,
	ACME_STATE_ISSUANCE,
	ACME_STATE_DOWNLOAD,
	ACME_STATE_ALTERNATES,
	ACME_STATE_DEACTIVATE,
	ACME_STATE_DONE,
	ACME_STATE_FAILED,
	ACME_STATE__COUNT,
};

struct acme_order_row {
	const char *name;  /* what is going on, for people */
	const char *doing; /* for errors: "cannot <doing>: ..." */
	/* Does what can be done now; progress as in enum acme_progress. */
	int (*advance)(struct acme_order *order, struct acme_turn *turn, struct error *err);
	/* Takes an answer in; AGAIN or the code of an error. NULL: the state makes no calls. */
	int (*answered)(struct acme_order *order, struct acme_answer *answer, struct error *err);
};

struct acme_authz {
	char *url;
	size_t identifier;           /* index in the order's list */
	bool valid;                  /* was when first read: nothing to present */
	struct acme_challenge offer; /* chosen; moves to the order's list for PRESENT */
	size_t challenge;            /* index in that list; for those that were not valid */
	unsigned tries;              /* times the challenge was answered */
	bool lost;                   /* the last answer got no reply */
	bool settled;                /* its fate is known */
	struct error refusal;        /* of the answer to its challenge */
};

struct acme_order {
	struct acme_calls calls;
	enum acme_order_state state;
	int64_t now_ms;
	size_t next; /* of a state that does one thing after the other: where it is */

	/* What was asked for. */
	struct acme_identifiers identifiers;
	struct strbuf csr_der;
	struct acme_preference preference;
	char *profile;
	char *replaces;
	char *preferred_chain;
	int64_t issuance_timeout_ms;
	unsigned flags;

	/* What the CA said. */
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

	bool refreshed; /* valid authorizations were deactivated; this is the second order */
	bool broken;    /* an authorization failed for good */
	unsigned finalize_tries;
	bool finalize_again; /* the last try did not reach the order */
	/* Why the CA made the order invalid, or we stopped waiting for its validation. */
	struct error invalid;
	bool gave_up;  /* the latter */
	size_t looked; /* authorizations that were looked at while waiting */
	char *complaint; /* about a name that the CA is still trying: continues "waiting for the CA" */

	/* The result. */
	struct cert_chain chain;
	int64_t server_time; /* Unix seconds, by the Date of its download; 0: unknown */
	bool preferred_chain_found;
	size_t left_valid;
	struct acme_failures failures;
};

/* The one setter: traces the change. */
void acme_order_enter(struct acme_order *order, enum acme_order_state state);
/* Starts a phase that may take so long. */
void acme_order_begin_phase(struct acme_order *order, int64_t limit_ms);

/* Starts a POST; payload "" is POST-as-GET. */
struct acme_order_post {
	const char *url;
	const char *payload;
	const char *accept;
	unsigned flags;
	size_t subject;
};
void acme_order_post(struct acme_order *order, const struct acme_order_post *post);
/* Starts the next call of a round over the authorizations. AGAIN when it did, IDLE while answers
 * are outstanding, END when all were answered. */
int acme_order_round(struct acme_order *order, bool (*wanted)(const struct acme_authz *authz),
		     void (*start)(struct acme_order *order, size_t index));
void acme_order_start_deactivation(struct acme_order *order, size_t index);
void acme_order_start_fetch(struct acme_order *order, size_t index);

/* Starts a POST-as-GET of the order when it is time. IDLE or AGAIN. */
int acme_order_poll(struct acme_order *order, struct acme_turn *turn);
/* Plans the next poll after a reply that brought no change: Retry-After, else growing pauses.
 * ERR_RATE_LIMITED: the CA asks for more time than there is. ERR_BUSY: time is up. */
int acme_order_plan_poll(struct acme_order *order, const struct acme_reply *reply,
			 struct error *err) WARN_UNUSED;

/* "cannot <doing>: ..." before the error of this state; returns its code. */
int acme_order_wrap(const struct acme_order *order, struct error *err);
/* Error of an answer that is not OK. */
int acme_order_answer_error(struct acme_order *order, struct acme_answer *answer,
			    struct error *err);

/* Lines the failures up in the order of the names; sets ERR_CHALLENGE and returns it. */
int acme_order_fail_challenges(struct acme_order *order, struct error *err);

/* States of order_validation.c. */
int acme_order_present(struct acme_order *order, struct acme_turn *turn, struct error *err);
int acme_order_answer(struct acme_order *order, struct acme_turn *turn, struct error *err);
int acme_order_answer_answered(struct acme_order *order, struct acme_answer *answer,
			       struct error *err);
int acme_order_validation(struct acme_order *order, struct acme_turn *turn, struct error *err);
int acme_order_validation_answered(struct acme_order *order, struct acme_answer *answer,
				   struct error *err);
int acme_order_faults(struct acme_order *order, struct acme_turn *turn, struct error *err);
int acme_order_faults_answered(struct acme_order *order, struct acme_answer *answer,
			       struct error *err);

/* States of order_issuance.c. */
int acme_order_finalize(struct acme_order *order, struct acme_turn *turn, struct error *err);
int acme_order_finalize_answered(struct acme_order *order, struct acme_answer *answer,
				 struct error *err);
int acme_order_issuance(struct acme_order *order, struct acme_turn *turn, struct error *err);
int acme_order_issuance_answered(struct acme_order *order, struct acme_answer *answer,
				 struct error *err);
int acme_order_download(struct acme_order *order, struct acme_turn *turn, struct error *err);
int acme_order_download_answered(struct acme_order *order, struct acme_answer *answer,
				 struct error *err);
int acme_order_alternates(struct acme_order *order, struct acme_turn *turn, struct error *err);
int acme_order_alternates_answered(struct acme_order *order, struct acme_answer *answer,
				   struct error *err);
int acme_order_deactivate(struct acme_order *order, struct acme_turn *turn, struct error *err);

#endif
