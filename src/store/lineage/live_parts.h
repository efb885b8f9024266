/*
 * Switching links by exchanging directories. Used by live.c only.
 */
#ifndef STORE_LINEAGE_LIVE_PARTS_H
#define STORE_LINEAGE_LIVE_PARTS_H

#include "base/error.h"
#include "os/file/folder.h"
#include "store/paths.h"

/* Names of links in one directory, borrowed. */
struct live_names {
	const char *const *items;
	size_t count;
};

/* Switches the links with these names in `live_dir`. ERR_REFUSED when that cannot be done in one
 * step; nothing has changed then. */
int live_twin_switch(const char *live_dir, const struct live_names *names, char *const *targets,
		     struct error *err) WARN_UNUSED;
/* The path of the twin directory; the caller frees it. */
char *live_twin_path(const char *live_dir);
/* Finishes an interrupted switch. */
int live_twin_recover(const char *live_dir, const struct live_names *names,
		      struct error *err) WARN_UNUSED;

/* Replaces a link without ever leaving it missing. The draft has a fixed name, so that the next try
 * removes one that a crash left. */
int live_replace_link(const struct folder *folder, const char *target, const char *name,
		      struct error *err) WARN_UNUSED;

#endif
