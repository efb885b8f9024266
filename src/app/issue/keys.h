/*
 * Which key a certificate gets: the old one again or a new one, and of what kind (flows.md 7.4,
 * 7.5).
 */
#ifndef APP_ISSUE_KEYS_H
#define APP_ISSUE_KEYS_H

#include "base/error.h"
#include "config/settings.h"
#include "crypto/key.h"
#include "store/lineage.h"

/* The lineage's key when it is to be reused; one that an interrupted run has left, if it is of the
 * kind that the settings say; else a new one. After a reuse, type and size in the settings follow
 * the real key. `unborn`: the lineage that is to be made, if there is none. */
int keys_for_lineage(struct settings *settings, struct lineage *lineage,
		     const struct lineage *unborn, struct key **ret_key,
		     struct error *err) WARN_UNUSED;

/* Refuses settings that contradict a key that is to be reused. */
int keys_check_reuse(const struct settings *settings, struct lineage *lineage,
		     struct error *err) WARN_UNUSED;

/* Warns of options on the command line that are for keys of the other type. */
void keys_warn_of_options(const struct settings *settings);

#endif
