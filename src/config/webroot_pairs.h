/*
 * Pairs names with the directories that serve them: -w, -d and --webroot-map.
 */
#ifndef CONFIG_WEBROOT_PAIRS_H
#define CONFIG_WEBROOT_PAIRS_H

#include <stdbool.h>

#include "base/error.h"
#include "config/settings.h"

struct webroot_pairs {
	bool names_came_first; /* the first -w came after a -d, so a second one is refused */
};

/* Handles one -w. It applies to the names after it, which are mapped when the next -w is read;
 * names after the last one are mapped when challenges are performed. ERR_CONFIG: not a directory,
 * or a second -w after names that came first. */
int webroot_pairs_add_path(struct webroot_pairs *pairs, struct settings *settings, const char *path,
			   enum origin origin, struct error *err) WARN_UNUSED;
/* Handles one --webroot-map, which maps comma-separated names and addresses to directories. Its
 * names are requested as if given by -d and --ip-address, and its directories override those of -w.
 * ERR_USAGE, ERR_CONFIG. */
int webroot_pairs_add_map(struct settings *settings, const struct option *option, const char *json,
			  enum origin origin, struct error *err) WARN_UNUSED;

#endif
