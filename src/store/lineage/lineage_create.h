/*
 * Creates a lineage: lineage_begin(), then lineage_reserve(), then lineage_create().
 */
#ifndef STORE_LINEAGE_LINEAGE_CREATE_H
#define STORE_LINEAGE_LINEAGE_CREATE_H

#include "store/lineage/lineage.h"

/* The parameters of lineage_begin(). */
struct lineage_begin_request {
	const char *config_dir;
	const char *name;
	/* Sets [renewalparams] and anything else that belongs into the conf. */
	void (*fill_conf)(void *context, struct ini *conf);
	void *context;
	struct lineage_observer made; /* told when the lineage exists */
};
/* Begins a new lineage: picks NAME (NAME-0001 ... if taken) and fills the conf. The caller frees
 * it. Writes nothing except the directories that all lineages share. ERR_EXISTS when archive/NAME
 * or live/NAME exists and is not ours; the hint says what to do. */
int lineage_begin(const struct lineage_begin_request *request, struct lineage **ret_lineage,
		  struct error *err) WARN_UNUSED;

/* Creates the lineage from lineage_begin() after lineage_reserve(): writes generation 1, the links,
 * the READMEs and the conf (as changed through lineage_conf()). After a crash at any point
 * lineage_recover() completes the lineage or removes it, and keeps the key. */
int lineage_create(struct lineage *lineage, const struct lineage_generation *generation,
		   struct error *err) WARN_UNUSED;

/* ---- Used by store/ only ---- */

/* Completes a recorded creation or, if the certificate is not on disk, undoes all of it except the
 * key. *ret_stored says which. */
int lineage_finish_creation(struct lineage *lineage, bool *ret_stored,
			    struct error *err) WARN_UNUSED;
/* Tells the observer of the lineage, while the creation still is on record: if the run is killed
 * before that, recovery tells. */
void lineage_tell_made(struct lineage *lineage);

#endif
