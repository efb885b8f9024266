/*
 * The four links of a lineage in live/, switched together (docs/store.md), or all eight of one with
 * two keys (second.c). Private to store/.
 *
 * If the links share a directory that can be exchanged for another, readers see either the old set
 * or the new one at any time and after any crash. Otherwise the links change one by one, and the
 * old targets are recorded next to them in Certbot's format, from which Certbot and we can restore
 * them.
 */
#ifndef STORE_LINEAGE_LIVE_H
#define STORE_LINEAGE_LIVE_H

#include <stdbool.h>

#include "base/error.h"
#include "os/file/folder.h"
#include "store/paths.h"

enum { LIVE_LINKS_MAX = 2 * STORE_KIND__COUNT };

/* Links by their paths, borrowed: the four of the first key, then those of the second, if any. */
struct live_links {
	char *paths[LIVE_LINKS_MAX];
	size_t count;
};

/* True when there is neither the directory nor its twin, and so nothing that live_recover() could
 * find. Costs two lookups. */
bool live_is_absent(const char *live_dir);
/* True when live_recover() has nothing to do for links with that suffix in this directory. Costs
 * three lookups. */
bool live_is_clean(const struct folder *dir, const char *suffix);
/* Finishes or undoes a switch that a crash of ours or of Certbot interrupted. */
int live_recover(const struct live_links *links, struct error *err) WARN_UNUSED;

/* Points the links to the targets (texts as symlink(2) takes them), one for each. On error the
 * links keep the old targets, or the next live_recover() restores them. Those of a second key need
 * not exist. */
int live_switch(const struct live_links *links, char *const *targets,
		struct error *err) WARN_UNUSED;

/* True when all links have exactly these texts. */
bool live_shows(const struct live_links *links, char *const *targets);

/* The absolute path of the file to which a link with this text points; the caller frees it. */
char *live_target_path(const char *link_path, const char *target);

#endif
