/*
 * The four links of a lineage in live/, switched as one (docs/store.md). Private to store/.
 * Paths and targets are arrays of STORE_KIND__COUNT.
 *
 * Readers see the old set or the new set, at every instant and after every crash, where the links
 * share a directory that can be exchanged for another. Elsewhere the links change one by one, with
 * Certbot's own record of the old targets beside them, from which Certbot and we restore them.
 */
#ifndef STORE_LIVE_H
#define STORE_LIVE_H

#include <stdbool.h>

#include "base/error.h"
#include "os/file/folder.h"
#include "store/paths.h"

/* True when live_recover() has nothing to do for links in this directory: three quick looks. */
bool live_is_clean(const struct folder *dir);
/* Finishes or undoes the switch that a crash, ours or Certbot's, left half-done. */
int live_recover(char *const *paths, struct error *err) WARN_UNUSED;

/* Points the links to the targets (texts as symlink(2) takes them). The paths are links already.
 * After an error the links show the old targets, or the next live_recover() makes them. */
int live_switch(char *const *paths, char *const *targets, struct error *err) WARN_UNUSED;

/* True when all links have these texts. */
bool live_shows(char *const *paths, char *const *targets);

/* The file that a link with this target text leads to, as an absolute path. Heap. */
char *live_target_path(const char *link_path, const char *target);

#endif
