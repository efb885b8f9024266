/*
 * The directory with the links of a lineage. Used by store/ only.
 */
#ifndef STORE_LINEAGE_LINEAGE_LIVE_H
#define STORE_LINEAGE_LINEAGE_LIVE_H

#include <stdbool.h>

#include "store/lineage/lineage.h"

#define LINEAGE_README "README"
/* True when a directory below live/ is empty, or holds only the README. */
bool lineage_has_only_readme(const char *live_dir);
/* Makes the directory of the links if it is gone. */
int lineage_make_live_dir(const struct lineage *lineage, struct error *err) WARN_UNUSED;
/* Makes the links to generation 1 with their directory, and the READMEs, as far as they are not
 * there yet. */
int lineage_write_live(const struct lineage *lineage, struct error *err) WARN_UNUSED;

#endif
