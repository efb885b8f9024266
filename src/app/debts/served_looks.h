/*
 * Which certificate a TLS client should get: at the places of --prove, and on the sockets that the
 * installers know.
 */
#ifndef APP_DEBTS_SERVED_LOOKS_H
#define APP_DEBTS_SERVED_LOOKS_H

#include "app/plugins/plugins.h"
#include "store/lineage/lineage.h"
#include "webserver/probe.h"

/* A lineage whose certificate should be shown. Borrowed, but for the failures. */
struct served_item {
	struct lineage *lineage;
	const struct strvec *names;
	const struct settings *settings; /* with its installers */
	bool is_deployed;                /* to be looked at, whether that is owed or not */
	/* Results, one line for each name and place: what is shown instead, and of what is not seen
	 * why it proves nothing. */
	struct strvec failures, doubts;
};
void served_item_release(struct served_item *item);

struct served_looks {
	struct probes probes; /* those of --prove are `is_named` */
	size_t *owners;       /* of the probes: indexes of items */
	size_t owner_count, capacity;
	/* Each `sparse`-th item is looked at on its installers' sockets: a reload is for all of a
	 * server's certificates at once, so some tell enough as long as they are shown. */
	size_t sparse;
	bool is_question; /* also at servers that were not told of the certificate yet */
	int64_t limit_ms; /* raised by servers that need more to adopt a new certificate */
};

#define SERVED_LOOKS_INIT                                                                          \
	{                                                                                          \
		.probes = PROBES_INIT, .owners = NULL                                              \
	}
void served_looks_release(struct served_looks *looks);
DEFINE_AUTO(served_looks, served_looks_release);

/* Gathers the looks at the items. */
int served_looks_gather(struct plugins *plugins, struct served_item *const *items, size_t count,
			struct served_looks *ret, struct error *err) WARN_UNUSED;

/* True when another certificate than the expected one is shown for sure by the server itself: one
 * that the lineage had before, or one that is not valid for the name. False when none could be
 * seen, when a program of another name listens there, and when somebody else's certificate for that
 * name is in use. */
bool served_looks_is_stale(const struct plugins *plugins, const struct served_item *item,
			   const struct probe *look, const struct probe_means *means);

#endif
