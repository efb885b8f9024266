/*
 * Getting ready to store a certificate before it is asked for, so that nothing that can be known is
 * found out when it has been issued (docs/store.md).
 */
#ifndef STORE_LINEAGE_RESERVE_H
#define STORE_LINEAGE_RESERVE_H

#include "store/lineage.h"

/* A lineage that is to be made: takes NAME (NAME-0001 ... when taken) and fills the conf. Nothing
 * is written yet but the directories for all lineages. ERR_EXISTS: archive/NAME or live/NAME is
 * there already, and not ours; the hint says what to do. */
struct lineage_begin_request {
	const char *config_dir;
	const char *name;
	/* [renewalparams], and what else the conf is to say. */
	void (*fill_conf)(void *context, struct ini *conf);
	void *context;
};
int lineage_begin(const struct lineage_begin_request *request, struct lineage **ret_lineage,
		  struct error *err) WARN_UNUSED;

/* Makes what storing will need: the directory, the key's draft under its rights, and room on the
 * disk. Of the generation it needs key and file_mode. Adds to `ret_notes` what is not as it should
 * be. The error's hint says what to do; nothing is left then. Afterwards either the generation is
 * stored, or lineage_abandon() takes it all back. */
int lineage_reserve(struct lineage *lineage, const struct lineage_generation *generation,
		    struct strvec *ret_notes, struct error *err) WARN_UNUSED;
enum lineage_abandon_flags {
	LINEAGE_KEEP_KEY = 1 << 0, /* there may be a certificate for it by now */
};
void lineage_abandon(struct lineage *lineage, unsigned flags);
/* The key that an interrupted run has left in a draft, if any. There may be a certificate for
 * it. */
bool lineage_left_key(const struct lineage *lineage, struct key **ret_key);

/* Makes the lineage from lineage_begin(), after lineage_reserve(): writes generation 1, the links,
 * the READMEs and the conf (as changed through lineage_conf()). After a crash at any point
 * lineage_recover() makes a complete lineage or none, and keeps the key. */
int lineage_create(struct lineage *lineage, const struct lineage_generation *generation,
		   struct error *err) WARN_UNUSED;

#endif
