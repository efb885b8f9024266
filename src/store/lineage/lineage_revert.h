/*
 * Going back: an earlier generation is shown again, or the conf is as it was.
 */
#ifndef STORE_LINEAGE_LINEAGE_REVERT_H
#define STORE_LINEAGE_LINEAGE_REVERT_H

#include "store/lineage/lineage.h"
#include "store/lineage/lineage_generation.h"

/* True when the archive has all four files of that generation. */
bool lineage_has_version(const struct lineage *lineage, unsigned version);
/* Replaces the conf in memory by one with that text; lineage_save_conf() writes it. ERR_PARSE. */
int lineage_set_conf(struct lineage *lineage, const struct strbuf *text,
		     struct error *err) WARN_UNUSED;

#endif
