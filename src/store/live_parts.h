/*
 * The switch by exchange of directories; used by live.c only.
 */
#ifndef STORE_LIVE_PARTS_H
#define STORE_LIVE_PARTS_H

#include "base/error.h"
#include "os/file/folder.h"
#include "store/paths.h"

/* Switches the links of these names in `live_dir`. ERR_REFUSED where that cannot be done in one
 * step; nothing has changed then. */
int live_twin_switch(const char *live_dir, const char *const names[STORE_KIND__COUNT],
		     char *const *targets, struct error *err) WARN_UNUSED;
/* The twin's path. Heap. */
char *live_twin_path(const char *live_dir);
/* Finishes a switch that was cut short. */
int live_twin_recover(const char *live_dir, const char *const names[STORE_KIND__COUNT],
		      struct error *err) WARN_UNUSED;

/* Replaces one link without an instant in which it is missing. The name of its draft is fixed, so
 * that a crash leaves one that the next try removes. */
int live_replace_link(const struct folder *folder, const char *target, const char *name,
		      struct error *err) WARN_UNUSED;

#endif
