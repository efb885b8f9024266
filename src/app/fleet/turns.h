/*
 * The turns of a machine of src/fleet (node.h) that need no CA: its asks, its lease, its pauses,
 * and handing over what the lineage has here. And what passes between a lineage and the fleet.
 */
#ifndef APP_FLEET_TURNS_H
#define APP_FLEET_TURNS_H

#include "app/fleet/member.h"
#include "app/issue/issue_request.h"
#include "fleet/node.h"

/* A machine at work on one lineage. */
struct turns {
	struct member *member;   /* borrowed, as the next */
	struct lineage *lineage; /* NULL: there is none here yet */
	struct fleet_node *node; /* NULL: it is not at work */
	struct fleet_action action;
};

/* Starts the machine for a lineage of that name. */
int turns_begin(struct turns *turns, struct member *member, const char *name,
		struct lineage *lineage, bool forced, struct error *err) WARN_UNUSED;
/* Replies to the present action, and goes on until the machine wants something that only the caller
 * can do, or has ended. ERR_CANCELLED; ERR_NETWORK: the store is away. */
int turns_reply(struct turns *turns, struct fleet_reply *reply, struct error *err) WARN_UNUSED;
/* Ends its work, whatever the state. Ownership is given back: what was begun is in the store, and
 * whoever comes next goes on with it. Where that cannot be done, the lease has to end. */
void turns_stop(struct turns *turns);
/* After the action END: 0 when nothing is wrong with that, else why not. */
int turns_judge(const struct turns *turns, struct error *err) WARN_UNUSED;

/* Reads the certificate that is shown here, in PEM as the fleet has it. */
int turns_read_cert(struct lineage *lineage, struct strbuf *ret_pem, struct error *err) WARN_UNUSED;
/* Makes it the fleet's under that number, which is written; 0: it is this machine's own. */
int turns_number(struct lineage *lineage, uint64_t generation, struct error *err) WARN_UNUSED;
/* Makes chain, key and number of a generation those of the request. */
int turns_fill_request(const struct fleet_record *record, struct issue_request *request,
		       struct error *err) WARN_UNUSED;

#endif
