/*
 * The files of all generations in an archive directory. Used by store/ only.
 */
#ifndef STORE_LINEAGE_INVENTORY_H
#define STORE_LINEAGE_INVENTORY_H

#include "base/error.h"
#include "base/macros.h"
#include "store/paths.h"

/* Which kinds of file each version in an archive has. */
#define ALL_KINDS ((1U << STORE_KIND__COUNT) - 1)
struct inventory {
	struct inventory_entry {
		unsigned version, kinds; /* one bit per kind */
	} * entries;
	size_t count, capacity;
};
#define INVENTORY_INIT                                                                             \
	{                                                                                          \
		.count = 0                                                                         \
	}
void inventory_release(struct inventory *inventory);
DEFINE_AUTO(inventory, inventory_release);
/* Adds all files of the archive directory whose names have that suffix ("" for those of the first
 * key) to `ret`, which the caller releases. */
int inventory_take(const char *archive_dir, const char *suffix, struct inventory *ret,
		   struct error *err) WARN_UNUSED;
/* The highest version that has any file; 0: none. */
unsigned inventory_highest(const struct inventory *inventory);

/* The highest version up to `limit` with all four files; 0: none, or the directory cannot be
 * read. */
unsigned inventory_latest(const char *archive_dir, const char *suffix, unsigned limit);

#endif
