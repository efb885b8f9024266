/*
 * The file of a target, with what is secret about it: lines "key = value", as in the credentials
 * files of DNS plugins.
 */
#ifndef APP_NOTIFY_WAY_FILE_H
#define APP_NOTIFY_WAY_FILE_H

#include <stddef.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/map.h"

struct way_file {
	struct map values; /* key -> heap text, wiped at the end */
};
void way_file_release(struct way_file *file);
DEFINE_AUTO(way_file, way_file_release);

/* The settings that the file of a way has, each list separated by blanks. */
struct way_keys {
	const char *needed, *optional;
};

/* Reads the file. ERR_CONFIG: it cannot be read, lacks a setting, has one that is not among these,
 * or has a value that is not one text. */
int way_file_read(const char *path, const struct way_keys *keys, struct way_file *ret_file,
		  struct error *err) WARN_UNUSED;
/* Returns a value, borrowed; NULL: the file does not have it. */
const char *way_file_get(const struct way_file *file, const char *key);
/* Replaces the values of keys that are secret by *** in the error's text. */
void way_file_mask(const struct way_file *file, struct error *err);

#endif
