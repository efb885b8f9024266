/*
 * What a fleet needs from the store that its machines share, so that one engine can replace
 * another: values under keys, writes guarded by values, and leases whose keys disappear with them.
 *
 * An engine must guarantee that reads are never stale, and that a guarded write happens as a whole
 * or not at all. No engine can promise, and callers have to live with this: a lost answer tells
 * nothing about the write, which may even be made later (FLEET_UNSURE). So each write must be
 * repeatable and carry something that identifies it.
 */
#ifndef FLEET_ENGINE_H
#define FLEET_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "base/strvec.h"

enum {
	FLEET_MAX_COMPARES = 2,
	FLEET_MAX_OPS = 6,
	FLEET_MAX_READS = 64, /* etcd: 128 */
};

enum fleet_ask_kind {
	FLEET_TXN,       /* the reads, and the ops if all comparisons hold */
	FLEET_RANGE,     /* the keys with a prefix, in order, a page at a time */
	FLEET_GRANT,     /* begins the lease */
	FLEET_KEEPALIVE, /* starts its time again */
	FLEET_REVOKE,    /* ends it, and deletes its keys */
};

/* Holds if the key has that value; an empty value: if the key does not exist. Compares values and
 * not revisions, because a store that was restored from a backup uses revisions again; no two
 * sealed values are the same (seal.h). */
struct fleet_compare {
	char *key;
	struct strbuf value;
};

/* A put or, with `deletes`, a deletion. No key may occur twice among the ops of an ask. */
struct fleet_op {
	char *key;
	struct strbuf value;
	uint64_t lease; /* the key goes with it; 0: it stays */
	bool deletes;
};

struct fleet_ask {
	enum fleet_ask_kind kind;
	struct fleet_compare compares[FLEET_MAX_COMPARES];
	size_t compare_count;
	struct fleet_op ops[FLEET_MAX_OPS];
	size_t op_count;
	/* Keys whose values before the ops are returned, whether the comparisons hold or not. */
	char *reads[FLEET_MAX_READS];
	size_t read_count;
	/* FLEET_RANGE: at most `limit` keys with the prefix that come after this one (empty: from
	 * the start; borrowed: `last` of the previous page). */
	char *prefix;
	struct span after;
	size_t limit;
	uint64_t lease; /* chosen by the caller, below 2^63 */
	int64_t ttl_s;  /* FLEET_GRANT */
};

/* Empties an ask, which begins as zeroes. */
void fleet_ask_release(struct fleet_ask *ask);
DEFINE_AUTO(fleet_ask, fleet_ask_release);
/* Adds a comparison, takes the key and copies the value. */
void fleet_ask_compare(struct fleet_ask *ask, char *own_key, const struct strbuf *value);
/* Adds a read and takes the key. */
void fleet_ask_read(struct fleet_ask *ask, char *own_key);
/* Adds a put and takes the key; the caller fills in the value, which is empty. */
struct fleet_op *fleet_ask_put(struct fleet_ask *ask, char *own_key);
/* Makes this the ask for a page of a range (see struct fleet_ask); takes the prefix. */
void fleet_ask_range(struct fleet_ask *ask, char *own_prefix, struct span after, size_t limit);
/* Adds a deletion and takes the key. */
void fleet_ask_delete(struct fleet_ask *ask, char *own_key);

enum fleet_outcome {
	FLEET_DONE,   /* answered: see `succeeded` */
	FLEET_UNSURE, /* a write may have been made or may still be made; a read was not answered */
	FLEET_AWAY,   /* the store could not be reached: nothing was done */
	FLEET_NO_LEASE, /* the lease has ended, and nothing was done */
	FLEET_FULL,     /* the store accepts no writes; reads still work */
	FLEET_DENIED,   /* the program or the administrator is at fault: see `fault` */
};

struct fleet_pair {
	char *key;
	struct strbuf value;
};

struct fleet_answer {
	enum fleet_outcome outcome;
	bool succeeded;                           /* FLEET_TXN: all comparisons held */
	struct fleet_pair pairs[FLEET_MAX_READS]; /* of the reads, those that exist */
	size_t pair_count;
	struct fleet_pair *found; /* FLEET_RANGE: the page */
	size_t found_count, found_capacity;
	bool has_more; /* FLEET_RANGE: the page is not the last */
	/* FLEET_RANGE: the last key of the page, which may be any bytes and not ours; and how many
	 * keys were left out because no member can have written them. */
	char *last;
	size_t last_len;
	size_t foreign_count;
	struct error fault;
};

/* Empties an answer, which begins as zeroes. */
void fleet_answer_release(struct fleet_answer *answer);
DEFINE_AUTO(fleet_answer, fleet_answer_release);
/* Adds a pair, takes the key and copies the value. */
void fleet_answer_add(struct fleet_answer *answer, char *own_key, const struct strbuf *value);
/* Adds a pair to the page of a range, takes the key and copies the value. */
void fleet_answer_add_found(struct fleet_answer *answer, char *own_key, const struct strbuf *value);
/* Records that key as the last one of the page. */
void fleet_answer_set_last(struct fleet_answer *answer, struct span key);
/* Returns the pair with that key, borrowed; NULL: there is none. */
const struct fleet_pair *fleet_answer_find(const struct fleet_answer *answer, const char *key);

struct fleet_engine;

/* An engine is a table of functions; its struct begins with a pointer to it. */
struct fleet_engine_ops {
	const char *name;
	/* Performs the ask and fills in the answer, which is empty. */
	void (*perform)(struct fleet_engine *engine, const struct fleet_ask *ask,
			struct fleet_answer *answer);
	/* Appends what an administrator should know about the store's health. NULL: nothing. */
	void (*inspect)(struct fleet_engine *engine, struct strvec *ret_warnings);
	/* Waits until something may have happened to the key since the last answer to an ask, or
	 * the time is up. It may return early without any reason: whoever calls it asks what there
	 * is, and sees to it that he does not ask too often. NULL: it cannot. ERR_CANCELLED: a
	 * signal came. */
	int (*await)(struct fleet_engine *engine, const char *key, int64_t timeout_ms,
		     struct error *err) WARN_UNUSED;
	void (*free)(struct fleet_engine *engine);
};

struct fleet_engine {
	const struct fleet_engine_ops *ops;
	/* Called between two tries of one ask, each of which may take seconds. NULL: nothing is to
	 * be done meanwhile. */
	void (*waiting)(void *context);
	void *context;
};

/* To be called there, by engines and by whoever repeats an ask. */
void fleet_engine_wait(const struct fleet_engine *engine);

#endif
