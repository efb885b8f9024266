/*
 * The machine's inside, shared by its files: node.c has the steps and what needs no CA,
 * node_order.c what an owner does. Used by fleet/ only.
 */
#ifndef FLEET_NODE_PARTS_H
#define FLEET_NODE_PARTS_H

#include "fleet/node.h"

enum node_state {
	NODE_PULLING,    /* head and state are read */
	NODE_READING,    /* the generation that the head names is read */
	NODE_CHAINING,   /* its chain is read */
	NODE_TAKING,     /* it is stored here */
	NODE_GIVING,     /* ours is newer than the store's: the caller hands it over */
	NODE_RESTORING,  /* and it is published again */
	NODE_DECIDING,   /* is it due? */
	NODE_LEASING,    /* the lease is begun or confirmed, then `after_lease` */
	NODE_OWNING,     /* ownership is taken; head and order come with the answer */
	NODE_RESERVING,  /* an order is reserved at the fleet's budget, then `after_reserve` */
	NODE_PREPARING,  /* key and CSR are made */
	NODE_STORING,    /* the order's record is stored: without a URL, later with it */
	NODE_OPENING,    /* the CA is asked for an order */
	NODE_LOOKING,    /* the CA is asked what became of the order */
	NODE_VALIDATING, /* challenges are fulfilled */
	NODE_FINALIZING, /* the CSR is sent */
	NODE_FETCHING,   /* the certificate is downloaded */
	NODE_PUBLISHING, /* generation, head and tip are written, the order is removed */
	NODE_DROPPING,   /* the order is removed: the CA has ended it */
	NODE_RELEASING,  /* ownership is given back */
	NODE_ENDED,
	NODE_STATE__COUNT,
};

struct fleet_node {
	struct fleet_session *session;
	char *name;
	struct fleet_local local; /* its texts are the next two */
	char *local_digest;
	enum node_state state, after_lease, after_reserve;
	unsigned tries;  /* of the present action */
	unsigned rounds; /* how often the beginning was returned to */
	int64_t wait_until_ms;
	bool half_done; /* PLANT_HEAD_BEFORE_GEN: the head is written */

	/* The values in the store, as last read, sealed: they guard what is written. Empty where it
	 * has none; `owner_value` is that of our own ownership. */
	struct strbuf head_value, order_value, owner_value;
	struct fleet_record head, order, past; /* `past`: the kind FLEET_STATE */
	uint64_t owner_lease;                  /* under which it was taken */
	char *nonce;                           /* of our ownership */

	struct fleet_record taken; /* a generation on its way from the store, or to it */
	bool taken_is_ours;        /* we ordered it */
	char *chain_name;          /* of its chain in the store; NULL: it has none */
	char *problem;             /* for FLEET_STATE */
	/* The budget of the CA: budget.h. A reservation that is not used is kept by the share. */
	struct fleet_record limit;  /* its kind is 0 if there is none */
	struct fleet_share *share;  /* borrowed from the session; NULL: orders are not counted */
	struct fleet_record wanted; /* what the ask puts as the count */
	struct strbuf wanted_value; /* and sealed, as no other value is */
	bool is_unheard;            /* that ask had no answer: it may have been heard */
	bool is_reserved;
	int64_t reserved_begun; /* the window that the reservation is of */
	unsigned open_tries;

	enum fleet_end end;
	struct error reason;
	struct fleet_ask ask;
};

/* A state's act() fills in the action; take() reads its reply and chooses the next state. */
struct node_row {
	const char *name;
	void (*act)(struct fleet_node *node, struct fleet_time now, struct fleet_action *action);
	void (*take)(struct fleet_node *node, struct fleet_reply *reply, struct fleet_time now);
};

/* Goes to another state. */
void fleet_node_go(struct fleet_node *node, enum node_state state);
/* Goes on as soon as the lease is known to be alive; takes ownership again if it was lost. */
void fleet_node_go_leased(struct fleet_node *node, enum node_state state, struct fleet_time now);
/* Ends, giving back ownership first. */
void fleet_node_end(struct fleet_node *node, enum fleet_end end);
/* Has the same action come again after a while; after too many times, ends in that way. */
void fleet_node_again(struct fleet_node *node, struct fleet_time now, enum fleet_end end);
/* Goes on as soon as an order is reserved, if orders are counted. */
void fleet_node_go_reserved(struct fleet_node *node, enum node_state state, struct fleet_time now);
/* Counts a round: what would otherwise go on forever ends for this time, and false is returned. */
bool fleet_node_begin_round(struct fleet_node *node);
/* Keeps a reservation that was not used. */
void fleet_node_keep_reservation(struct fleet_node *node);
/* Begins from the start: what was read is no longer so. */
void fleet_node_restart(struct fleet_node *node, struct fleet_time now);

/* The digest of the certificate that the head names; "" if there is no head. Borrowed. */
const char *fleet_node_head_digest(const struct fleet_node *node);
/* The key of a record of the lineage; the caller frees it. */
char *fleet_node_key(const struct fleet_node *node, enum fleet_kind kind,
		     uint64_t generation) WARN_UNUSED;
/* Adds to the ask the put of a record. */
struct fleet_op *fleet_node_put(struct fleet_node *node, const struct fleet_record *record);
/* Adds the writes of a publication: `taken` as the generation, head, tip. */
void fleet_node_put_publication(struct fleet_node *node);
/* Reads from an answer the record of that kind, whose `kind` is 0 when there is none, and its
 * sealed value (may be NULL). False, and the machine has ended: it is not to be believed. */
bool fleet_node_read(struct fleet_node *node, const struct fleet_answer *answer,
		     enum fleet_kind kind, struct fleet_record *ret_record,
		     struct strbuf *ret_value);
/* Replaces `ret_value` with what the ask has just put as the record of that kind. */
void fleet_node_keep_put(const struct fleet_node *node, enum fleet_kind kind,
			 struct strbuf *ret_value);
/* True when the ask was answered; else has seen to what follows. */
bool fleet_node_is_answered(struct fleet_node *node, const struct fleet_answer *answer,
			    struct fleet_time now);
/* The rows of node_order.c and node_budget.c. */
extern const struct node_row fleet_node_owning, fleet_node_reserving, fleet_node_preparing,
	fleet_node_storing, fleet_node_opening, fleet_node_looking, fleet_node_validating,
	fleet_node_finalizing, fleet_node_fetching, fleet_node_publishing, fleet_node_dropping;

#endif
