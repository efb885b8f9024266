/*
 * One lineage on one node of a fleet, as a state machine without I/O: it pulls the newest
 * generation and, when the certificate is due, takes ownership, orders and publishes. It opens
 * no file, reads no clock, and knows neither the store's engine nor ACME: each step takes the
 * result of the last action and returns the next one.
 *
 *	fleet_node_new(&session, &local)
 *	loop: fleet_node_step(node, reply or NULL, now, &action)
 *
 * Invariants, no matter which process dies or sleeps between any two steps: an order is stored
 * before it is finalized; a node that finds a stored order resumes it; only the CA's answer ends an
 * order; a generation is published before it is used, and is never replaced by an older one.
 *
 * A process may be suspended between two actions for any length of time. Another node then resumes
 * its order, and the first one may still send its pending request. That is harmless: finalizing the
 * stored order a second time issues nothing, and all writes are guarded.
 */
#ifndef FLEET_NODE_H
#define FLEET_NODE_H

#include "fleet/engine.h"
#include "fleet/records.h"
#include "fleet/session.h"

enum fleet_action_kind {
	FLEET_ASK,      /* send `ask` to the store and reply with its answer */
	FLEET_LEASE,    /* renew or begin the session's lease; FLEET_OK or FLEET_UNCLEAR */
	FLEET_WAIT,     /* wait until `wait_until_ms` of the monotonic clock */
	FLEET_TAKE,     /* save `record`, a generation, as the lineage's newest on this machine */
	FLEET_GIVE,     /* reply with the lineage's newest generation on this machine */
	FLEET_DECIDE,   /* reply with `due`: whether the certificate is due */
	FLEET_PREPARE,  /* create a key and a CSR; reply with a record that has both */
	FLEET_OPEN,     /* send newOrder for the CSR of `record`, which replaces the newest
			* certificate; reply with `url` */
	FLEET_LOOK,     /* get the status of the order of `record` */
	FLEET_VALIDATE, /* fulfil the challenges of the order */
	FLEET_FINALIZE, /* send the CSR */
	FLEET_FETCH,    /* download; reply with a record with cert, chain and not_after */
	FLEET_END,      /* stop: see `end` */
};

/* The result of an action. */
enum fleet_result {
	FLEET_OK,
	FLEET_UNCLEAR,  /* unknown: no answer, or one that says nothing about the order */
	FLEET_INVALID,  /* the CA says that the order is invalid or has expired, or refuses it */
	FLEET_REPLACED, /* the CA says that the certificate has been replaced already */
	FLEET_REVISED,  /* OPEN: nothing was ordered; use the key and CSR of `record` instead */
	FLEET_PENDING,  /* LOOK: this and the next three are the order's status */
	FLEET_READY,
	FLEET_PROCESSING,
	FLEET_VALID,
};

enum fleet_end {
	FLEET_END_CURRENT,   /* the certificate is not due, or no longer due */
	FLEET_END_RENEWED,   /* this machine renewed and published it */
	FLEET_END_BUSY,      /* another machine is working on it */
	FLEET_END_LATER,     /* an attempt failed recently, here or elsewhere */
	FLEET_END_POSTPONED, /* the fleet has placed as many orders as it may: see the error */
	FLEET_END_AWAY,      /* the store did not answer */
	FLEET_END_FULL,      /* the store accepts no writes */
	FLEET_END_DENIED,    /* the store denied access: see the error */
	FLEET_END_REFUSED,   /* the store's contents were not written by the fleet: see the error */
	FLEET_END_REPLACED,  /* the CA knows a newer certificate than the store */
	FLEET_END_FAILED,    /* refused by the CA, or a failure here; recorded in `state` */
	FLEET_END_UNSETTLED, /* the CA did not answer: the next run resumes the order */
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
	struct fleet_record *record; /* GIVE, PREPARE, FETCH, REVISED: its contents are moved */
	const char *url;             /* OPEN */
	bool due;                    /* DECIDE */
	const char *problem;         /* INVALID: the reason, for all machines; or NULL */
};

/* The lineage as it is on this machine. */
struct fleet_local {
	const char *name;
	uint64_t generation; /* 0: none */
	int64_t not_after;
	const char *digest; /* fleet_record_digest(); NULL: none */
	bool forced;        /* try even if an attempt failed recently */
	const char *server; /* URL of the CA's directory, if orders are to be counted; or NULL */
};

struct fleet_node;

/* Creates the state machine; borrows the session and copies `local`. The caller frees it. */
struct fleet_node *fleet_node_new(struct fleet_session *session,
				  const struct fleet_local *local) WARN_UNUSED;
/* Makes the ask that releases ownership, for a node that is to be freed before it has ended.
 * Returns false if it owns nothing, as far as it knows. */
bool fleet_node_ask_leave(struct fleet_node *node, struct fleet_ask *ask);
/* Frees the node. If it has not ended, its ownership lasts until the lease expires. */
void fleet_node_free(struct fleet_node *node);
DEFINE_AUTO_PTR(fleet_node, fleet_node_free);

/* Takes the result of the last action (NULL before the first) and returns the next action, whose
 * pointers are valid until the next step. */
void fleet_node_step(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now,
		     struct fleet_action *ret_action);

/* Returns why it ended; empty unless it was REFUSED, FULL, AWAY, FAILED
 * or POSTPONED. Borrowed. */
const struct error *fleet_node_error(const struct fleet_node *node);
/* Returns the name of the state: "publishing"; static. */
const char *fleet_node_state_name(const struct fleet_node *node);

#endif
