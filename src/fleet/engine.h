/*
 * What a fleet needs of the store that its machines share, so that one engine can stand for
 * another: values under keys; writes that are guarded by values; leases that take their keys with
 * them.
 *
 * What an engine must hold to: reads are never stale, and a guarded write happens as a whole or
 * not at all. What nobody can promise, and users of this contract live with: an answer that was
 * lost says nothing about the write, which may even be made later (FLEET_UNSURE). So each write
 * must bear repetition, and carry what identifies it.
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
	FLEET_MAX_READS = 3,
};

enum fleet_ask_kind {
	FLEET_TXN,       /* the reads, and the ops if all comparisons hold */
	FLEET_RANGE,     /* the keys with a prefix, in order, a page at a time */
	FLEET_GRANT,     /* begins the lease */
	FLEET_KEEPALIVE, /* starts its time again */
	FLEET_REVOKE,    /* ends it, and deletes its keys */
};

/* Holds when the key has that value; an empty one: when there is no such key. Values and not
 * revisions, which a store that was set back to a backup gives out again: sealed values are never
 * the same (seal.h). */
struct fleet_compare {
	char *key;
	struct strbuf value;
};

/* A put, or with `deletes` a deletion. No key occurs twice among the ops of an ask. */
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
	/* Keys whose state before the ops is answered, whether the comparisons hold or not. */
	char *reads[FLEET_MAX_READS];
	size_t read_count;
	/* FLEET_RANGE: at most `limit` keys that begin with the prefix and come after that one
	 * (empty: from the first on; borrowed: the `last` of the page before). */
	char *prefix;
	struct span after;
	size_t limit;
	uint64_t lease; /* chosen by who asks, below 2^63 */
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
/* Makes it the ask for a page of a range (see struct fleet_ask); takes the prefix. */
void fleet_ask_range(struct fleet_ask *ask, char *own_prefix, struct span after, size_t limit);
/* Adds a deletion and takes the key. */
void fleet_ask_delete(struct fleet_ask *ask, char *own_key);

enum fleet_outcome {
	FLEET_DONE,     /* answered: see `succeeded` */
	FLEET_UNSURE,   /* a write may have been made, or may yet be; a read was not answered */
	FLEET_AWAY,     /* nobody could be asked: nothing was done */
	FLEET_NO_LEASE, /* the lease has gone, and nothing was done */
	FLEET_FULL,     /* the store takes nothing new; reading goes on */
	FLEET_DENIED,   /* the fault is ours or the administrator's: see `fault` */
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
	/* FLEET_RANGE: the page's last key, whosever it is: a key may be any bytes. And how many
	 * keys are not in the page because no member can have written them. */
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
/* Notes that key as the last one of the page. */
void fleet_answer_set_last(struct fleet_answer *answer, struct span key);
/* The pair of that key, borrowed; NULL: there is none. */
const struct fleet_pair *fleet_answer_find(const struct fleet_answer *answer, const char *key);

struct fleet_engine;

/* An engine is a row of functions, and a struct that begins with a pointer to it. */
struct fleet_engine_ops {
	const char *name;
	/* Performs the ask and fills in the answer, which is empty. */
	void (*perform)(struct fleet_engine *engine, const struct fleet_ask *ask,
			struct fleet_answer *answer);
	/* Appends what an administrator should know of the store's health. NULL: nothing. */
	void (*inspect)(struct fleet_engine *engine, struct strvec *ret_warnings);
	void (*free)(struct fleet_engine *engine);
};

struct fleet_engine {
	const struct fleet_engine_ops *ops;
};

#endif
