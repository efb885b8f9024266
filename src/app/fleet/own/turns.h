/*
 * Drives a machine of src/fleet (node.h) through the actions that need no CA: asks, the lease,
 * pauses, and handing over what this machine has of the lineage. Also converts between a lineage
 * and what the fleet has of it.
 */
#ifndef APP_FLEET_OWN_TURNS_H
#define APP_FLEET_OWN_TURNS_H

#include "app/fleet/member/member.h"
#include "app/issue/issue_request.h"
#include "fleet/node.h"

/* A machine at work on one lineage. */
struct turns {
	struct member *member;   /* borrowed, as the next */
	struct lineage *lineage; /* NULL: the lineage does not exist here yet */
	struct fleet_node *node; /* NULL: no machine is running */
	struct fleet_action action;
};

/* An order that a machine may place. */
struct turns_order {
	const char *server; /* URL of the CA's directory */
	bool forced;        /* try even if an attempt failed recently */
};

/* Starts the machine for that lineage. `order` is NULL if nothing is to be ordered. */
int turns_begin(struct turns *turns, struct member *member, const char *name,
		struct lineage *lineage, const struct turns_order *order,
		struct error *err) WARN_UNUSED;
/* Replies to the current action, and goes on until the machine needs something that only the caller
 * can do, or has ended. ERR_CANCELLED; ERR_NETWORK: the store does not answer. */
int turns_reply(struct turns *turns, struct fleet_reply *reply, struct error *err) WARN_UNUSED;
/* Ends its work in any state, and gives ownership back: what was begun is in the store, and the
 * next machine goes on with it. If ownership cannot be given back, the lease has to end. */
void turns_stop(struct turns *turns);
/* After the action END: returns 0 if that was a success, else the reason. */
int turns_judge(const struct turns *turns, struct error *err) WARN_UNUSED;

/* Reads the certificate that live/ shows here, as PEM, in the form that the fleet uses. */
int turns_read_cert(struct lineage *lineage, struct strbuf *ret_pem, struct error *err) WARN_UNUSED;
/* Reads the certificate that live/ shows here, with its chain and key, as a generation without a
 * number. ERR_REFUSED: the key is of another certificate; others: it cannot be read. */
int turns_read_generation(struct lineage *lineage, struct fleet_record *ret_record,
			  struct error *err) WARN_UNUSED;
/* Makes it the fleet's, with that number, which is recorded; 0: it belongs to this machine
 * alone. */
int turns_number(struct lineage *lineage, uint64_t generation, struct error *err) WARN_UNUSED;
/* Copies chain, key and number of a generation to the request. */
int turns_fill_request(const struct fleet_record *record, struct issue_request *request,
		       struct error *err) WARN_UNUSED;

#endif
