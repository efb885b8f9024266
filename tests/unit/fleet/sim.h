/*
 * A fleet in one process: a store no kinder than etcd, a CA that counts, and machines that run
 * fleet/node.h, die, sleep, are cut off and have wrong clocks. All chance comes from a seed, so
 * that a run that fails is run again with its trace.
 */
#ifndef TESTS_UNIT_FLEET_SIM_H
#define TESTS_UNIT_FLEET_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "fleet/node.h"
#include "fleet/planted.h"

enum {
	SIM_NODES = 4,
	SIM_LINEAGES = 2,
	SIM_LEASE_S = 60,
	SIM_MAX_PAIRS = 256,
	SIM_MAX_LEASES = 512,
	SIM_MAX_LATE = 64,
	SIM_MAX_ORDERS = 512,
	SIM_CERT_LIFE_MS = 160 * 1000,
	SIM_WINDOW_S = 1800, /* of the fleet's budget */
	SIM_MAX_WINDOWS = 8,
	SIM_DUE_MS = 100 * 1000, /* this long before its end a certificate is due */
};

/* What a seed's world is like. */
enum sim_character {
	SIM_HONEST,   /* only machines fail: all promises hold */
	SIM_HOSTILE,  /* somebody without the key writes to the store */
	SIM_RESTORED, /* the store is set back to a backup once */
};

struct sim_rng {
	uint64_t state;
};

struct sim_pair {
	char *key;
	struct strbuf value;
	uint64_t lease;
	unsigned writer; /* the process: see sim_node.process */
};

struct sim_lease {
	uint64_t id;
	int64_t ttl_ms, ends_ms;
};

/* A write that is made after its answer was given up. */
struct sim_late {
	struct fleet_ask ask;
	int64_t at_ms;
	unsigned writer;
};

struct sim_store {
	struct fleet_engine engine;
	struct sim_world *world;
	struct sim_pair pairs[SIM_MAX_PAIRS], backup[SIM_MAX_PAIRS];
	size_t pair_count, backup_count;
	struct sim_lease leases[SIM_MAX_LEASES];
	size_t lease_count;
	struct sim_late late[SIM_MAX_LATE];
	size_t late_count;
	int64_t revision, backup_revision;
	bool full;
	/* Who asks now, and whether he can reach the store. */
	unsigned writer;
	bool is_cut;
};

enum sim_status { SIM_PENDING, SIM_READY, SIM_VALID, SIM_INVALID };

struct sim_order {
	enum sim_status status;
	size_t lineage;
	unsigned replaced; /* index + 1 of the order whose certificate it replaces; 0: the first */
	char key[24];
	int64_t ready_ms; /* VALID: when the certificate can be had */
	int64_t not_after;
};

/* The orders that were reserved in a window. */
struct sim_window {
	int64_t begun;
	unsigned orders;
};

struct sim_ca {
	struct sim_order orders[SIM_MAX_ORDERS];
	size_t count;
	bool honours_replaces;
	struct sim_window windows[SIM_MAX_WINDOWS];
	size_t window_count;
};

/* A lineage on the disk of a machine. */
struct sim_local {
	uint64_t generation;
	int64_t not_after;
	unsigned order; /* index + 1 of the CA's order */
	char *cert, *digest, *key;
};

struct sim_task {
	struct fleet_node *node; /* NULL: ended */
	struct fleet_action action;
	int64_t busy_until_ms;
};

struct sim_node {
	struct sim_local local[SIM_LINEAGES];
	bool runs;
	bool is_agent;    /* its process goes on when all is done, under the same lease */
	unsigned process; /* of this run; counts through all nodes */
	struct fleet_session session;
	struct sim_task tasks[SIM_LINEAGES];
	int64_t stopped_until_ms, cut_until_ms, skew_s;
	int64_t truly_confirmed_ms; /* the lease, by what the store did */
	char name[8];
};

struct sim_world {
	struct sim_rng rng;
	enum sim_character character;
	int64_t now_ms;
	bool is_quiet; /* faults are over: what must come in the end may be waited for */
	bool traces;
	struct sim_store store;
	struct sim_ca ca;
	struct sim_node nodes[SIM_NODES];
	unsigned processes;
	struct fleet_keyring ring;
	unsigned limit;             /* of orders in a window; 0: none */
	uint64_t top[SIM_LINEAGES]; /* highest generation that a head has had */
	char violation[200];        /* "" while all is well */
};

/* Uniform in [0, bound). */
uint64_t sim_below(struct sim_world *world, uint64_t bound);
/* True once in `times`, and never when it is quiet. */
bool sim_strikes(struct sim_world *world, uint64_t times);
/* Prints a line of the trace, if there is one. */
void sim_trace(struct sim_world *world, const char *format, ...) PRINTF_LIKE(2, 3);
/* Notes the first thing that must not be. */
void sim_violation(struct sim_world *world, const char *format, ...) PRINTF_LIKE(2, 3);

void sim_store_init(struct sim_store *store, struct sim_world *world);
void sim_store_release(struct sim_store *store);
/* Lets leases end and late writes come. */
void sim_store_tick(struct sim_store *store);
/* Something that stores do: leases that begin again or die early, a full disk, a backup. */
void sim_store_suffer(struct sim_store *store);
/* Somebody writes who has all rights, and no key. */
void sim_store_attack(struct sim_store *store);
/* The pair of that key, or NULL. */
struct sim_pair *sim_store_find(struct sim_store *store, const char *key);
/* Puts a record as a member would. */
void sim_store_put(struct sim_store *store, const struct fleet_place *place,
		   const struct fleet_record *record);
/* Deletes a pair, if there is one. */
void sim_store_drop(struct sim_store *store, const char *key);
/* Reads a record of a lineage as a member would; false: there is none, or it does not open. */
bool sim_store_read(struct sim_store *store, const struct fleet_place *place,
		    struct fleet_record *ret_record);

/* Performs the action of a task at the CA and fills in the reply. `ret_record` holds a record of
 * the reply. */
void sim_ca_perform(struct sim_world *world, struct sim_node *node, size_t lineage,
		    struct fleet_reply *reply, struct fleet_record *ret_record);
/* The order of a certificate in this world's form; NULL: it is none. */
const struct sim_order *sim_ca_order_of(const struct sim_ca *ca, const char *cert);

/* Lives through a seed. The text of the violation, heap, or NULL. */
char *sim_run(uint64_t seed, bool traces);

extern const char *const sim_lineages[SIM_LINEAGES];

#endif
