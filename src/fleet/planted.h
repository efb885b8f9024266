/*
 * Faults that the simulation plants to prove that it finds them: one at a time, chosen at run time,
 * in the build of the tests only. In the program PLANTED() is false, and nothing of it remains.
 */
#ifndef FLEET_PLANTED_H
#define FLEET_PLANTED_H

#include <stdbool.h>

enum planted_fault {
	PLANT_NOTHING,
	PLANT_OWN_WITHOUT_HEAD,   /* ownership is taken without comparing the head */
	PLANT_OWN_OVER_OWNER,     /* ownership is taken whoever has it */
	PLANT_UNSURE_IS_OWNED,    /* a lost reply to the taking is read as success */
	PLANT_UNFENCED_INTENT,    /* a sleeper that wakes overwrites its successor's intent */
	PLANT_UNFENCED_URL,       /* the same for the order's URL */
	PLANT_URL_NOT_STORED,     /* finalized before the order is stored */
	PLANT_KEY_NOT_KEPT,       /* who resumes an order makes another key */
	PLANT_RESUME_ORDERS,      /* who finds an order begins another */
	PLANT_DROPS_UNCLEAR,      /* an order that the CA could not be asked about is given up */
	PLANT_LOST_LEASE_IS_KEPT, /* an answer without a TTL is taken for a renewed lease */
	PLANT_FINALIZES_STALE,    /* finalized without looking whether the lease has gone */
	PLANT_HEAD_BEFORE_GEN,    /* the head is written before the generation that it names */
	PLANT_THROWS_AWAY, /* a refused publication is thrown away, the head not having moved */
	PLANT_UNSURE_IS_FAILED,  /* a lost reply to the publication is read as a failure */
	PLANT_PUBLISHES_BLINDLY, /* the publication does not compare the head */
	PLANT_OLDER_ACCEPTED,    /* a head below the node's own generation is taken over */
	PLANT_RELEASES_OTHERS,   /* the owner's key is deleted whosever it is */
	PLANT_STALE_ORDER,       /* an order of an earlier generation is resumed */
	PLANT_UNBOUND_NAME,      /* values are not bound to the lineage's name */
	PLANT_KEEPS_LEASE,       /* a lease under which something may yet be made is kept */
	PLANT__COUNT,
};

#ifdef FLEET_WITH_PLANTED
extern enum planted_fault fleet_planted;
#define PLANTED(fault) (fleet_planted == (fault))
#else
#define PLANTED(fault) ((void)(fault), false)
#endif

#endif
