/*
 * Lists the files of an archive directory by version (see inventory.h).
 */
#include "store/lineage/inventory.h"

#include "base/alloc.h"
#include "base/strvec.h"
#include "os/file/file.h"

void inventory_release(struct inventory *inventory)
{
	free(inventory->entries);
}

static void note_file(struct inventory *inventory, unsigned version, int kind)
{
	for (size_t i = 0; i < inventory->count; i++)
		if (inventory->entries[i].version == version) {
			inventory->entries[i].kinds |= 1U << kind;
			return;
		}
	ARRAY_GROW(inventory->entries, inventory->count, inventory->capacity);
	inventory->entries[inventory->count++] = (struct inventory_entry){.version = version,
									  .kinds = 1U << kind};
}

int inventory_take(const char *archive_dir, const char *suffix, struct inventory *ret,
		   struct error *err)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;

	if (dir_list(archive_dir, ".pem", &names, err) < 0)
		return err->code;
	for (size_t i = 0; i < names.count; i++)
		for (int kind = 0; kind < STORE_KIND__COUNT; kind++) {
			unsigned version = store_suffixed_version_of(names.items[i],
								     (enum store_kind)kind, suffix);

			if (version)
				note_file(ret, version, kind);
		}
	return 0;
}

/* Incomplete generations count here: a new one must not take a number of which a file exists. */
unsigned inventory_highest(const struct inventory *inventory)
{
	unsigned highest = 0;

	for (size_t i = 0; i < inventory->count; i++)
		if (inventory->entries[i].version > highest)
			highest = inventory->entries[i].version;
	return highest;
}

/* Incomplete generations do not count here: links to them would break servers. */
unsigned inventory_latest(const char *archive_dir, const char *suffix, unsigned limit)
{
	AUTO(inventory) struct inventory inventory = INVENTORY_INIT;
	AUTO(error) struct error ignored = ERROR_INIT;
	unsigned latest = 0;

	if (inventory_take(archive_dir, suffix, &inventory, &ignored) < 0)
		return 0;
	for (size_t i = 0; i < inventory.count; i++)
		if (inventory.entries[i].kinds == ALL_KINDS &&
		    inventory.entries[i].version <= limit && inventory.entries[i].version > latest)
			latest = inventory.entries[i].version;
	return latest;
}
