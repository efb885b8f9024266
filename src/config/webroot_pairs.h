/*
 * Which directory serves which name: -w, -d and --webroot-map.
 */
#ifndef CONFIG_WEBROOT_PAIRS_H
#define CONFIG_WEBROOT_PAIRS_H

#include <stdbool.h>

#include "base/error.h"
#include "config/settings.h"

struct webroot_pairs {
	bool names_came_first; /* the first -w stood behind a -d: there can be no second one */
};

/* One -w: it covers the names after it, up to the next -w, whose turn maps them. The names after
 * the last one are mapped when challenges are performed. ERR_CONFIG: no directory, or a second -w
 * where names came first. */
int webroot_pairs_add_path(struct webroot_pairs *pairs, struct settings *settings, const char *path,
			   enum origin origin, struct error *err) WARN_UNUSED;
/* One --webroot-map: comma lists of names and addresses to directories. Its names are asked for as
 * if by -d and --ip-address, and its directories win over those of -w. ERR_USAGE, ERR_CONFIG. */
int webroot_pairs_add_map(struct settings *settings, const struct option *option, const char *json,
			  enum origin origin, struct error *err) WARN_UNUSED;

#endif
