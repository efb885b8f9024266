/*
 * Files that several lineages use.
 */
#ifndef STORE_LINEAGE_LINEAGE_SHARING_H
#define STORE_LINEAGE_LINEAGE_SHARING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "store/lineage/lineage.h"

/* True when both keep their files in the same archive or live directory. */
bool lineage_shares_store(const struct lineage *a, const struct lineage *b);
/* A directory, whatever path leads to it. */
struct store_id {
	dev_t device;
	ino_t inode;
};
/* Fills in what identifies the archive and the live directory of the lineage, and returns how many
 * of the two exist. Lineages with one in common share their files. */
size_t lineage_store_ids(const struct lineage *lineage, struct store_id ret_ids[2]);

/* ---- Used by store/ only ---- */

/* Which files of a lineage are used by other lineages. */
struct lineage_sharing {
	unsigned links;      /* bits of kinds */
	bool archive;        /* its directory or something in it */
	struct strvec names; /* of those lineages */
};
void lineage_sharing_release(struct lineage_sharing *sharing);
DEFINE_AUTO(lineage_sharing, lineage_sharing_release);
/* Finds out which files of the lineage others use. Adds to `ret`, which the caller releases. */
int lineage_find_sharing(const struct lineage *lineage, struct lineage_sharing *ret,
			 struct error *err) WARN_UNUSED;

#endif
