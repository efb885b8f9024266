/*
 * Deletes lineages. The deletion is recorded, so that a later run can finish it.
 */
#ifndef STORE_LINEAGE_LINEAGE_DELETE_H
#define STORE_LINEAGE_LINEAGE_DELETE_H

#include "store/lineage/lineage.h"

/* Deletes a lineage with all its files in Certbot's order, except files that other lineages use:
 * their names are appended to `ret_sharers`. A broken conf is removed too; ERR_PARSE then says what
 * has to be cleaned up by hand. */
int lineage_delete(const char *config_dir, const char *name, struct strvec *ret_sharers,
		   struct error *err) WARN_UNUSED;

/* ---- Used by store/ only ---- */

/* Removes the files of a lineage whose conf is gone, then the record. */
int lineage_finish_deletion(const struct lineage *lineage, struct strvec *ret_sharers,
			    struct error *err) WARN_UNUSED;
/* Removes the four links, and their directory if it holds nothing else. */
int lineage_remove_live(const struct lineage *lineage, struct error *err) WARN_UNUSED;
/* Removes what an interrupted switch left in live/ of a lineage whose conf and archive are gone;
 * Certbot's `delete` does not know our twin directory. Links that point to something are kept. */
int lineage_sweep_switch(const struct lineage *lineage, struct error *err) WARN_UNUSED;

#endif
