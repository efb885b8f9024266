/*
 * A hash table of directories (see claims.h).
 */
#include "app/renewal/claims.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"

#define FIRST_SLOTS 64

/* Inodes of directories that were made together follow one another: multiplication spreads them
 * (Knuth, "The Art of Computer Programming", section 6.4). */
static size_t hash_id(const struct store_id *id)
{
	uint64_t mixed = ((uint64_t)id->inode ^ (uint64_t)id->device << 32) * 0x9e3779b97f4a7c15u;

	return (size_t)(mixed >> 32);
}

/* The slot of the directory, or the free one where it would go. */
static struct claim *find_claim(const struct claims *claims, const struct store_id *id)
{
	size_t mask = claims->slot_count - 1;
	size_t at = hash_id(id) & mask;

	while (claims->slots[at].owner && (claims->slots[at].id.inode != id->inode ||
					   claims->slots[at].id.device != id->device))
		at = (at + 1) & mask;
	return &claims->slots[at];
}

/* Makes room for one more. Up to seven eighths are in use: it is asked once for a renewal, so that
 * memory counts for more than the length of a search. */
static void reserve_claim(struct claims *claims)
{
	struct claims larger = {.count = claims->count};

	if ((claims->count + 1) * 8 <= claims->slot_count * 7)
		return;
	larger.slot_count = claims->slot_count ? claims->slot_count * 2 : FIRST_SLOTS;
	larger.slots = xcalloc(larger.slot_count, sizeof(*larger.slots));
	for (size_t i = 0; i < claims->slot_count; i++)
		if (claims->slots[i].owner)
			*find_claim(&larger, &claims->slots[i].id) = claims->slots[i];
	free(claims->slots);
	*claims = larger;
}

static void add_claim(struct claims *claims, const struct store_id *id, const char *owner)
{
	struct claim *claim;

	reserve_claim(claims);
	claim = find_claim(claims, id);
	claims->count += !claim->owner;
	*claim = (struct claim){*id, owner};
}

void claims_release(struct claims *claims)
{
	free(claims->slots);
	*claims = (struct claims)CLAIMS_INIT;
}

const char *claims_take(struct claims *claims, const struct store_id *ids, size_t count,
			const char *owner)
{
	for (size_t i = 0; i < count && claims->count; i++) {
		const struct claim *claim = find_claim(claims, &ids[i]);

		if (claim->owner)
			return claim->owner;
	}
	for (size_t i = 0; i < count; i++)
		add_claim(claims, &ids[i], owner);
	return owner;
}
