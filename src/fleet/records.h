/*
 * What the machines of a fleet tell each other through the store: one flat record per key. Records
 * are written and read by rows of fields; each field is length-checked, and a record says its
 * version and kind. They are read after they were unsealed (seal.h), and bounded all the same: who
 * has the fleet's key may run another version of this program.
 */
#ifndef FLEET_RECORDS_H
#define FLEET_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/map.h"
#include "base/secret.h"
#include "base/span.h"
#include "base/strbuf.h"

enum fleet_kind {
	FLEET_NO_RECORD,
	FLEET_TIP,        /* changes with each publication: "nothing new" is one read */
	FLEET_HEAD,       /* of a lineage: which generation counts */
	FLEET_GENERATION, /* one generation: certificate, chain, key */
	FLEET_OWNER,      /* who works on a lineage; goes with the lease of its process */
	FLEET_ORDER,      /* what was begun at the CA: stored before anything is finalized */
	FLEET_STATE,      /* failures, and when the next try makes sense */
	FLEET_META,       /* of the fleet: its id */
	FLEET_WANT,       /* of a lineage: the options that all machines share */
	FLEET_ACCOUNT,    /* of a CA, under its id: registration and key */
	FLEET_NODE,       /* of a machine: its version, and when it was last here */
	FLEET_CHAIN,      /* of the generations that have it, under its digest (chain.h) */
	FLEET_LIMIT,      /* of the fleet: how many orders it may place (budget.h) */
	FLEET_BUDGET,     /* of a CA: how many it has placed in this window */
	FLEET_KIND__COUNT,
};

/* The members that a kind does not have are empty. */
struct fleet_record {
	enum fleet_kind kind;
	uint64_t generation; /* tip: the one published last; head, generation, order; want: up
			      * to which it counts; node: its number of lineages */
	int64_t not_after;   /* head, generation: Unix seconds */
	uint64_t failures;   /* state */
	int64_t not_before;  /* state, node (when it was last here), budget (when the window
			      * began): Unix seconds */
	/* fleet_record_digest() of the head's certificate, or of the one that a generation or an
	 * order replaces, "" if that is none or not known. */
	char *digest;
	char *node;        /* head, owner, order, state, meta, node: who wrote it */
	char *nonce;       /* owner, order: identifies one writing, whatever was answered to it */
	char *url;         /* order: the CA's; "" before the CA has answered; account */
	char *problem;     /* state: why the last try failed */
	char *cert;        /* generation: PEM */
	char *chain;       /* chain, generation: PEM; in the store, a generation has its name */
	struct secret key; /* generation, order, account: PEM */
	struct strbuf csr; /* order: DER */
	char *id;          /* meta: of the fleet */
	char *server;      /* account, budget: the URL of the CA's directory */
	char *version;     /* node: of the program */
	char *options;     /* want: lines "key = value", as in a renewal conf */
	uint64_t orders;   /* limit: that may be placed in a window; budget: that were reserved */
	uint64_t window_s; /* limit: its length */
	uint64_t returned; /* budget: of those, the ones that were not used */
};

#define FLEET_RECORD_INIT                                                                          \
	{                                                                                          \
		.csr = STRBUF_INIT                                                                 \
	}

/* Wipes and frees the contents; the record is empty and usable afterwards. */
void fleet_record_release(struct fleet_record *record);
DEFINE_AUTO(fleet_record, fleet_record_release);
/* Moves the record to `to`, whose contents are released; `from` is empty afterwards. */
void fleet_record_move(struct fleet_record *to, struct fleet_record *from);

/* Releases and frees a record on the heap: for maps of records. */
void fleet_record_free(void *record);
/* Moves the record to the heap, into such a map. */
void fleet_record_keep(struct map *records, const char *name, struct fleet_record *own_record);

/* Appends the record. Its texts must be within the limits that reading has. */
void fleet_record_put(const struct fleet_record *record, struct strbuf *out);
/* Reads a record of that kind, which must be all of the bytes, into `ret_record`, which must be
 * empty and stays so on failure. ERR_CONFIG: a newer version of this program wrote it;
 * ERR_PARSE. */
int fleet_record_get(struct span bytes, enum fleet_kind kind, struct fleet_record *ret_record,
		     struct error *err) WARN_UNUSED;

/* The name of the kind as used in keys: "head"; static. */
const char *fleet_kind_name(enum fleet_kind kind);
/* The digest by which a head names its generation, of the certificate in PEM; the caller frees
 * it. */
char *fleet_record_digest(const char *cert_pem) WARN_UNUSED;
/* True if the generation is the one that the head names: a sealed generation that belonged to
 * another head is not the right one. */
bool fleet_record_is_of_head(const struct fleet_record *generation,
			     const struct fleet_record *head);

#endif
