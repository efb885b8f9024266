/*
 * The links of a lineage whose files were moved.
 */
#ifndef STORE_LINEAGE_LINEAGE_LINKS_H
#define STORE_LINEAGE_LINEAGE_LINKS_H

#include "base/error.h"
#include "base/macros.h"

/* Points the four links of a lineage to its archive_dir after files were moved. */
int lineage_update_symlinks(const char *config_dir, const char *name,
			    struct error *err) WARN_UNUSED;

#endif
