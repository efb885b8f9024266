/*
 * Insertion-ordered string map (see map.h): a dense array of entries and an open-addressed table of
 * indexes into it. The hash is FNV-1a. It is not keyed: parsers cap the number of keys that a peer
 * controls.
 */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* FNV-1a: good enough for short keys, and nothing to set up at each start. */
static uint32_t hash_key(const char *key)
{
	uint32_t hash = 2166136261u;

	for (; *key; key++)
		hash = (hash ^ (unsigned char)*key) * 16777619u;
	return hash;
}

/* The slot that holds the key, or the free slot where it would go. */
static uint32_t *find_slot(const struct map *map, const char *key)
{
	size_t mask = map->slot_count - 1;
	size_t at = hash_key(key) & mask;

	while (map->slots[at] && strcmp(map->entries[map->slots[at] - 1].key, key) != 0)
		at = (at + 1) & mask;
	return &map->slots[at];
}

static void rebuild_slots(struct map *map, size_t slot_count)
{
	free(map->slots);
	map->slots = xcalloc(slot_count, sizeof(*map->slots));
	map->slot_count = slot_count;
	for (size_t i = 0; i < map->count; i++)
		*find_slot(map, map->entries[i].key) = (uint32_t)(i + 1);
}

static void release_key(struct map *map, char *key)
{
	if (!map->borrows_keys)
		free(key);
}

static void release_value(struct map *map, void *value)
{
	if (map->free_value)
		map->free_value(value);
}

void map_release(struct map *map)
{
	for (size_t i = 0; i < map->count; i++) {
		release_key(map, map->entries[i].key);
		release_value(map, map->entries[i].value);
	}
	free(map->entries);
	free(map->slots);
	*map = (struct map){.free_value = map->free_value, .borrows_keys = map->borrows_keys};
}

/* The slot of the key, or a free one for it, with room for one more. */
static uint32_t *claim_slot(struct map *map, const char *key)
{
	/* By four, because most maps stay in the first 16 slots, and the options make 900 entries
	 * at each start. */
	if ((map->count + 1) * 4 > map->slot_count * 3)
		rebuild_slots(map, map->slot_count ? map->slot_count * 4 : 16);
	return find_slot(map, key);
}

static void append_entry(struct map *map, uint32_t *slot, const char *key, void *own_value)
{
	ARRAY_GROW(map->entries, map->count, map->capacity);
	map->entries[map->count].key = map->borrows_keys ? (char *)key : xstrdup(key);
	map->entries[map->count].value = own_value;
	*slot = (uint32_t)++map->count;
}

void map_set(struct map *map, const char *key, void *own_value)
{
	uint32_t *slot = claim_slot(map, key);

	if (*slot) {
		struct map_entry *entry = &map->entries[*slot - 1];

		release_value(map, entry->value);
		entry->value = own_value;
		return;
	}
	append_entry(map, slot, key, own_value);
}

bool map_add(struct map *map, const char *key, void *value)
{
	uint32_t *slot = claim_slot(map, key);

	if (*slot)
		return false;
	append_entry(map, slot, key, value);
	return true;
}

static struct map_entry *find_entry(const struct map *map, const char *key)
{
	uint32_t slot = map->slot_count ? *find_slot(map, key) : 0;

	return slot ? &map->entries[slot - 1] : NULL;
}

void *map_get(const struct map *map, const char *key)
{
	struct map_entry *entry = find_entry(map, key);

	return entry ? entry->value : NULL;
}

bool map_contains(const struct map *map, const char *key)
{
	return find_entry(map, key) != NULL;
}

bool map_remove(struct map *map, const char *key)
{
	struct map_entry *entry = find_entry(map, key);
	size_t index;

	if (!entry)
		return false;
	index = (size_t)(entry - map->entries);
	release_key(map, entry->key);
	release_value(map, entry->value);
	/* The order of insertion is kept, which makes output reproducible. Removal is rare enough
	 * to be slow. */
	memmove(entry, entry + 1, (map->count - index - 1) * sizeof(*entry));
	map->count--;
	rebuild_slots(map, map->slot_count);
	return true;
}
