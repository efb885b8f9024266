/*
 * Faults that the simulation plants to prove that it would find them: one at a time, chosen at run
 * time, in test builds only. In the program PLANTED() is false, and no trace of it remains.
 */
#ifndef FLEET_PLANTED_H
#define FLEET_PLANTED_H

#include <stdbool.h>

enum planted_fault {
	PLANT_NOTHING,
	PLANT_OWN_WITHOUT_HEAD, /* ownership is taken without comparing the head */
	PLANT_OWN_OVER_OWNER,   /* ownership is taken from whoever has it */
	PLANT_UNSURE_IS_OWNED,  /* a lost reply to taking ownership counts as success */
	PLANT_UNFENCED_INTENT,  /* a process that was asleep overwrites its successor's intent */
	PLANT_UNFENCED_URL,     /* the same for the URL of the order */
	PLANT_URL_NOT_STORED,   /* finalized before the order is stored */
	PLANT_KEY_NOT_KEPT,     /* a process that resumes an order makes another key */
	PLANT_RESUME_ORDERS,    /* a process that finds an order begins another */
	PLANT_DROPS_UNCLEAR, /* an order is given up because the CA could not be asked about it */
	PLANT_LOST_LEASE_IS_KEPT, /* an answer without a TTL counts as a renewed lease */
	PLANT_FINALIZES_STALE,    /* the order is finalized without checking the lease */
	PLANT_HEAD_BEFORE_GEN,    /* the head is written before the generation that it names */
	PLANT_THROWS_AWAY,      /* a refused publication is dropped though the head has not moved */
	PLANT_UNSURE_IS_FAILED, /* a lost reply to the publication counts as a failure */
	PLANT_PUBLISHES_BLINDLY, /* the publication does not compare the head */
	PLANT_OLDER_ACCEPTED,    /* a head older than the node's own generation is taken over */
	PLANT_RELEASES_OTHERS,   /* the owner's key is deleted even if it is another's */
	PLANT_STALE_ORDER,       /* an order of an earlier generation is resumed */
	PLANT_UNBOUND_NAME,      /* values are not tied to the name of the lineage */
	PLANT_KEEPS_LEASE, /* a lease is kept although something may still be written under it */
	PLANT_UNCOUNTED_RETRY, /* a second try to place an order is not counted */
	PLANT_COUNTS_BLINDLY,  /* the count of orders is written without comparing it */
	PLANT__COUNT,
};

#ifdef FLEET_WITH_PLANTED
extern enum planted_fault fleet_planted;
#define PLANTED(fault) (fleet_planted == (fault))
#else
#define PLANTED(fault) ((void)(fault), false)
#endif

#endif
