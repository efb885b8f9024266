/*
 * Preparations for storing a certificate, made before the CA is asked for it, so that foreseeable
 * problems show up before it is issued (docs/store.md).
 */
#ifndef STORE_LINEAGE_RESERVE_H
#define STORE_LINEAGE_RESERVE_H

#include "store/lineage/lineage.h"

/* What lineage_begin() needs to know. */
struct lineage_begin_request {
	const char *config_dir;
	const char *name;
	/* Sets [renewalparams] and anything else that belongs into the conf. */
	void (*fill_conf)(void *context, struct ini *conf);
	void *context;
};
/* Begins a new lineage: picks NAME (NAME-0001 ... if taken) and fills the conf. The caller frees
 * it. Writes nothing except the directories that all lineages share. ERR_EXISTS when archive/NAME
 * or live/NAME exists and is not ours; the hint says what to do. */
int lineage_begin(const struct lineage_begin_request *request, struct lineage **ret_lineage,
		  struct error *err) WARN_UNUSED;

/* Makes what storing will need: the directory, a draft of the key with its permissions, and disk
 * space. Uses only key and file_mode of the generation. Appends warnings to `ret_notes`. On error
 * nothing is left behind, and the hint says what to do. Afterwards either store the generation or
 * call lineage_abandon(). */
int lineage_reserve(struct lineage *lineage, const struct lineage_generation *generation,
		    struct strvec *ret_notes, struct error *err) WARN_UNUSED;
enum lineage_abandon_flags {
	LINEAGE_KEEP_KEY = 1 << 0, /* there may be a certificate for it by now */
};
/* Undoes lineage_reserve(). Failures are only logged (log_debug). */
void lineage_abandon(struct lineage *lineage, unsigned flags);
/* Reads the key that an interrupted run left in a draft; the caller frees it. False when there is
 * none. A certificate for it may exist. */
bool lineage_left_key(const struct lineage *lineage, struct key **ret_key);

/* Creates the lineage from lineage_begin() after lineage_reserve(): writes generation 1, the links,
 * the READMEs and the conf (as changed through lineage_conf()). After a crash at any point
 * lineage_recover() completes the lineage or removes it, and keeps the key. */
int lineage_create(struct lineage *lineage, const struct lineage_generation *generation,
		   struct error *err) WARN_UNUSED;

#endif
