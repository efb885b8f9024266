/*
 * A map from strings to pointers that keeps insertion order. Look-ups probe a hash table. Keys are
 * copied, unless the map was made as MAP_OF_BORROWED; the map owns its values if it was initialised
 * with a free function.
 *
 *	AUTO(map) struct map seen = MAP_INIT(free);
 *	map_set(&seen, name, xstrdup(path));
 *	for (size_t i = 0; i < seen.count; i++)
 *		use(seen.entries[i].key, seen.entries[i].value);
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct map_entry {
	char *key;
	void *value;
};

struct map {
	struct map_entry *entries; /* in order of insertion */
	size_t count;
	size_t capacity;
	uint32_t *slots; /* open addressing; 0 = free, else index + 1 */
	size_t slot_count;
	void (*free_value)(void *value); /* NULL: values are borrowed */
	bool borrows_keys;               /* keys are not copied, and outlive the map */
};

#define MAP_INIT(free_function)                                                                    \
	{                                                                                          \
		.free_value = (free_function)                                                      \
	}

/* Neither keys nor values belong to the map. */
#define MAP_OF_BORROWED                                                                            \
	{                                                                                          \
		.borrows_keys = true                                                               \
	}

/* Frees keys and owned values; the map is empty and usable afterwards. */
void map_release(struct map *map);
DEFINE_AUTO(map, map_release);

/* Stores `own_value` under `key`. An earlier value is freed and replaced in its position. */
void map_set(struct map *map, const char *key, void *own_value);
/* The same for a key that is not there yet; otherwise changes nothing, does not take the value, and
 * returns false. */
bool map_add(struct map *map, const char *key, void *value);
/* Returns the value, borrowed, or NULL when the key is missing. */
void *map_get(const struct map *map, const char *key);
/* True when the map has the key, whatever its value. */
bool map_contains(const struct map *map, const char *key);
/* Removes the key and frees its value; false when the key is missing. O(n). */
bool map_remove(struct map *map, const char *key);

#endif
