/*
 * Fills fact sheets: from files first, then from the network, by the processes without rights that
 * the other commands use. Nothing is changed by it.
 */
#ifndef APP_WHY_GATHER_H
#define APP_WHY_GATHER_H

#include "app/plugins/plugins.h"
#include "app/why/facts.h"
#include "base/error.h"
#include "base/strvec.h"
#include "store/lineage/lineage_walk.h"

struct gather_logs;
struct http_client;

/* The state that all sheets of a run share. Must not be moved: sheets point to it. */
struct gatherer {
	struct plugins *plugins; /* borrowed; they ask only */
	struct network *network; /* borrowed */
	struct fact_machine machine;
	struct gather_logs *logs; /* read when they are asked first */
	struct http_client *bare; /* verifies no certificate, as a CA that validates does not */
	bool is_after_failure;    /* the newest log is of the run that asks, which has failed */
	bool looks_at_services;   /* no failure's cause lies there */
	int64_t deadline_ms;      /* monotonic: the network is not asked after that */
};

/* Looks at this machine. Facts are gathered for at most so many milliseconds from now. */
void gatherer_begin(struct gatherer *gatherer, struct plugins *plugins, int64_t limit_ms);
/* Stops the process that gatherer_ask() started. */
void gatherer_end(struct gatherer *gatherer);
DEFINE_AUTO(gatherer, gatherer_end);

/* The last run in the logs since then that was about these names: its failure, if it had one. */
void gatherer_log(struct gatherer *gatherer, int64_t since, const struct strvec *names,
		  struct fact_failure *ret);
/* Makes the sheet of a lineage from files; the caller releases it. */
void gatherer_read(struct gatherer *gatherer, struct lineage_opened *opened,
		   struct facts *ret_facts);
/* The same for a name that has no lineage. */
void gatherer_read_name(struct gatherer *gatherer, const char *name, struct facts *ret_facts);
/* True while there is time for the network. */
bool gatherer_may_ask(const struct gatherer *gatherer);
/* Adds what DNS, the CA and the servers say. `lineage` may be NULL. ERR_CANCELLED; what cannot be
 * had is left out of the sheet. */
int gatherer_ask(struct gatherer *gatherer, struct lineage *lineage, struct facts *facts,
		 struct error *err) WARN_UNUSED;

#endif
