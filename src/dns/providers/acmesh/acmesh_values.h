/*
 * The input of a script and what it wants remembered: the variables of the credentials file, and
 * the values that it has saved.
 *
 * Both are maps from names to heap texts. Saved values are kept in acmesh.json in the configuration
 * directory (mode 0600), for each script and credentials file those of the account and those of
 * each domain:
 *
 * 	{"dns_cf /root/cf.ini": {"account": {"SAVED_X": "..."}, "domains": {"example.com": {}}}}
 *
 * During a call each value is a file of its own in a private folder (library.sh).
 */
#ifndef DNS_PROVIDERS_ACMESH_ACMESH_VALUES_H
#define DNS_PROVIDERS_ACMESH_ACMESH_VALUES_H

#include <stdbool.h>

#include "base/error.h"
#include "base/map.h"

struct json;

/* True when a shell can have a variable (or function) of that name. */
bool acmesh_is_variable(const char *name);

/* Reads NAME=value lines: with or without `export`, blanks around `=`, or quotes around the value,
 * in which nothing has a meaning. Comments are on lines of their own. ERR_CONFIG names the line. */
int acmesh_read_variables(const char *text, const char *path, struct map *ret_values,
			  struct error *err) WARN_UNUSED;

/* Reads the file of saved values; a missing one is empty. The caller frees the result.
 * ERR_CONFIG. */
int acmesh_load(const char *path, struct json **ret_saved, struct error *err) WARN_UNUSED;
/* Adds what is saved for the account and, unless it is NULL, the domain, to the maps. */
void acmesh_pick(const struct json *saved, const char *account, const char *domain,
		 struct map *values);
/* Replaces these values. Returns whether anything changed. */
bool acmesh_put(struct json *saved, const char *account, const char *domain,
		const struct map *values);

/* Makes a folder with a file for each value, for the user alone. ERR_IO. */
int acmesh_write_values(const char *folder, const struct map *values,
			struct error *err) WARN_UNUSED;
/* Reads such a folder. ERR_IO; ERR_PLUGIN: what the script saved is not text. */
int acmesh_read_values(const char *folder, struct map *ret_values, struct error *err) WARN_UNUSED;

#endif
