/*
 * Opens many lineages on several processors, and visits them one by one.
 */
#ifndef STORE_LINEAGE_LINEAGE_WALK_H
#define STORE_LINEAGE_LINEAGE_WALK_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strvec.h"
#include "store/lineage/lineage.h"

/* One lineage of a walk. */
struct lineage_opened {
	const char *name;
	struct lineage *lineage; /* NULL: see `error`; the visitor may STEAL() it */
	struct strvec faults;    /* see lineage_verify() */
	struct error error;
	void *prepared; /* see struct lineage_walk; the visitor may STEAL() it */
};
typedef int lineage_visit_fn(void *context, struct lineage_opened *opened, struct error *err);
struct lineage_walk {
	const char *config_dir;
	const struct strvec *names;
	bool verifies; /* also look for faults */
	bool repairs;  /* open like lineage_open(), otherwise like lineage_look() */
	/* Optional: prepares what the visitor needs of a lineage that could be opened. Several
	 * threads call it at the same time. It may take the lineage and set `error` and `prepared`,
	 * but must not change or log anything. `discard` frees `prepared` if the visit leaves
	 * it. */
	void (*prepare)(void *context, struct lineage_opened *opened);
	void (*discard)(void *own_prepared);
	lineage_visit_fn *visit;
	void *context;
};
/* Opens the lineages with these names on several processors at once, with their certificates, and
 * visits them one by one in the order of the names. At most a few hundred are in memory at a time,
 * and no thread runs during a visit. Stops at the first visit that returns an error. */
int lineage_walk(const struct lineage_walk *walk, struct error *err) WARN_UNUSED;

#endif
