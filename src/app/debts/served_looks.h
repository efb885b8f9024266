/*
 * The connections that check which certificate TLS clients get: to the places of --prove, and to
 * the sockets that the installers know.
 */
#ifndef APP_DEBTS_SERVED_LOOKS_H
#define APP_DEBTS_SERVED_LOOKS_H

#include "instances/plugins.h"
#include "store/lineage/lineage.h"
#include "webserver/probe.h"

/* A lineage whose certificate should be shown. All is borrowed except the results. */
struct served_item {
	struct lineage *lineage;
	const struct strvec *names;
	const struct settings *settings; /* with its installers */
	bool is_deployed;                /* check it even if no check is owed */
	/* The results, a line for each name and place. A failure says which certificate is shown
	 * instead; a doubt says why nothing could be seen. */
	struct strvec failures, doubts;
	/* Of the failures, those that no reload mends: a place in the conf that is none, or an
	 * installer that cannot tell what its server shows. */
	size_t unreadable;
};
void served_item_release(struct served_item *item);
DEFINE_AUTO(served_item, served_item_release);

struct served_looks {
	struct probes probes; /* those of --prove are `is_named` */
	size_t *owners;       /* the index of each probe's item */
	size_t owner_count, capacity;
	/* On the installers' sockets, only each `sparse`-th item is checked: one reload serves all
	 * certificates of a server, so a few of them are enough while all are right. */
	size_t sparse;
	bool is_question; /* also check servers that were not told of the certificate yet */
	int64_t limit_ms; /* raised by servers that take longer to adopt a new certificate */
};

#define SERVED_LOOKS_INIT                                                                          \
	{                                                                                          \
		.probes = PROBES_INIT, .owners = NULL                                              \
	}
void served_looks_release(struct served_looks *looks);
DEFINE_AUTO(served_looks, served_looks_release);

/* Determines the connections to make for the items. One that cannot be determined fails its item.
 */
int served_looks_gather(struct plugins *plugins, struct served_item *const *items, size_t count,
			struct served_looks *ret, struct error *err) WARN_UNUSED;

/* Returns true if the server itself certainly shows a wrong certificate: an earlier one of the
 * lineage, or one that is not valid for the name. Returns false if none could be seen, if a
 * different program listens there, or if the server uses another valid certificate for the name. */
bool served_looks_is_stale(const struct plugins *plugins, const struct served_item *item,
			   const struct probe *look, const struct probe_means *means);

#endif
