/*
 * Finishes what earlier runs did not.
 */
#ifndef STORE_LINEAGE_LINEAGE_RECOVER_H
#define STORE_LINEAGE_LINEAGE_RECOVER_H

#include "base/error.h"
#include "base/macros.h"
#include "base/strvec.h"
#include "store/lineage/lineage.h"

/* Finishes the creations and deletions that earlier runs recorded but did not complete. Call it at
 * the start of a run that may change something. Each adds a line to `ret_notes` for the log, even
 * if it cannot be finished now: that does not stop the run. `made` (NULL: nobody) is told of each
 * creation that is complete now, even if the run that was killed has told of it. */
int lineage_recover(const char *config_dir, const struct lineage_observer *made,
		    struct strvec *ret_notes, struct error *err) WARN_UNUSED;

#endif
