/*
 * One lineage on one machine of a fleet, as a machine without I/O: pull, and when the
 * certificate is due, own, order, publish. It opens nothing, reads no clock, and knows neither
 * the store's engine nor ACME: each step takes what came of the last action, and says what to do
 * next.
 *
 *	fleet_node_new(&session, &local)
 *	loop: fleet_node_step(node, reply or NULL, now, &action)
 *
 * What it holds to, whatever dies or sleeps between any two steps: nothing is finalized that is not
 * in the store's `order`; whoever finds an order goes on with it; only the CA's word ends one; a
 * generation is published before it is used; none is replaced by an older one.
 *
 * A process may stop between two actions for any time. Then another goes on with its order, and it
 * may still send what it was about to: finalizing the stored order a second time issues nothing,
 * and its writes are guarded.
 */
#ifndef FLEET_NODE_H
#define FLEET_NODE_H

#include "fleet/engine.h"
#include "fleet/records.h"
#include "fleet/session.h"

enum fleet_action_kind {
	FLEET_ASK,     /* the store: `ask`; the reply has the answer */
	FLEET_LEASE,   /* renew the session's lease, or begin one; FLEET_OK or FLEET_UNCLEAR */
	FLEET_WAIT,    /* until `wait_until_ms` of the monotonic clock */
	FLEET_TAKE,    /* store `record`, a generation, as the lineage's newest */
	FLEET_GIVE,    /* the reply has the lineage's newest generation */
	FLEET_DECIDE,  /* is the certificate due? `due` */
	FLEET_PREPARE, /* make key and CSR: the reply has a record with these */
	FLEET_OPEN, /* new order for the CSR of `record`, replacing the newest certificate: `url` */
	FLEET_LOOK, /* at the order of `record`: its status */
	FLEET_VALIDATE, /* fulfil the challenges of the order */
	FLEET_FINALIZE, /* send the CSR */
	FLEET_FETCH,    /* the reply has a record with cert, chain and not_after */
	FLEET_END,      /* see `end` */
};

/* The result of an action. */
enum fleet_result {
	FLEET_OK,
	FLEET_UNCLEAR,  /* not known: no answer, or one that says nothing of the order */
	FLEET_INVALID,  /* the CA says that the order is invalid, has expired or cannot be */
	FLEET_REPLACED, /* the CA says that the certificate was replaced already */
	FLEET_REVISED,  /* OPEN: nothing is ordered yet: key and CSR are those of `record` now */
	FLEET_PENDING,  /* LOOK: these are the order's status */
	FLEET_READY,
	FLEET_PROCESSING,
	FLEET_VALID,
};

enum fleet_end {
	FLEET_END_CURRENT,   /* nothing is due, or no longer */
	FLEET_END_RENEWED,   /* published by us */
	FLEET_END_BUSY,      /* another machine works on it */
	FLEET_END_LATER,     /* a try has failed lately, here or elsewhere */
	FLEET_END_AWAY,      /* the store did not answer */
	FLEET_END_FULL,      /* the store takes nothing new */
	FLEET_END_DENIED,    /* the store refuses us: see the error */
	FLEET_END_REFUSED,   /* what the store has is not to be believed: see the error */
	FLEET_END_REPLACED,  /* the CA knows a newer certificate than the store */
	FLEET_END_FAILED,    /* the CA's word, or a failure here; noted in `state` */
	FLEET_END_UNSETTLED, /* the CA did not answer: whoever comes next goes on */
};

struct fleet_action {
	enum fleet_action_kind kind;
	const struct fleet_ask *ask;
	const struct fleet_record *record;
	int64_t wait_until_ms;
	enum fleet_end end;
};

struct fleet_reply {
	enum fleet_result result;
	const struct fleet_answer *answer; /* FLEET_ASK */
	struct fleet_record *record; /* GIVE, PREPARE, FETCH, REVISED: its contents are taken */
	const char *url;             /* OPEN */
	bool due;                    /* DECIDE */
	const char *problem;         /* INVALID: why, for all to know; or NULL */
};

/* The lineage as this machine has it. */
struct fleet_local {
	const char *name;
	uint64_t generation; /* 0: none */
	int64_t not_after;
	const char *digest; /* fleet_record_digest(); NULL: none */
	bool forced;        /* a failure lately does not keep it back */
};

struct fleet_node;

/* Makes the machine; the session is borrowed, `local` is copied. The caller frees it. */
struct fleet_node *fleet_node_new(struct fleet_session *session,
				  const struct fleet_local *local) WARN_UNUSED;
/* Makes the ask that gives ownership back, for a machine that is about to be freed before it has
 * ended. False: it owns nothing that it knows of. */
bool fleet_node_ask_leave(struct fleet_node *node, struct fleet_ask *ask);
/* Frees the machine; one that has not ended leaves what it owned to the lease. */
void fleet_node_free(struct fleet_node *node);
DEFINE_AUTO_PTR(fleet_node, fleet_node_free);

/* Takes what came of the last action (NULL: there was none) and says the next one. What the action
 * points to is valid until the next step. */
void fleet_node_step(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now,
		     struct fleet_action *ret_action);

/* Why it ended; empty unless it was REFUSED, FULL, AWAY or FAILED. Borrowed. */
const struct error *fleet_node_error(const struct fleet_node *node);
/* The name of the state: "publishing"; static. */
const char *fleet_node_state_name(const struct fleet_node *node);

#endif
