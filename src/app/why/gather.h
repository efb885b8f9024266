/*
 * Fills fact sheets: from files first, then from the network, through the same unprivileged
 * processes as other commands. Changes nothing.
 */
#ifndef APP_WHY_GATHER_H
#define APP_WHY_GATHER_H

#include "app/why/facts.h"
#include "base/error.h"
#include "base/strvec.h"
#include "instances/plugins.h"
#include "store/lineage/lineage_walk.h"

struct gather_logs;
struct http_client;

/* The state that all sheets of a run share. Must not be moved: sheets point to it. */
struct gatherer {
	struct plugins *plugins; /* borrowed, and only read */
	struct network *network; /* borrowed */
	struct fact_machine machine;
	struct gather_logs *logs; /* read when they are first needed */
	struct http_client *bare; /* does not verify certificates, as a validating CA does not */
	bool is_after_failure;    /* the newest log belongs to the current run, which has failed */
	bool looks_at_services;   /* plugins that are not the cause of any failure */
	int64_t deadline_ms;      /* monotonic time after which the network is not used */
};

/* Examines this machine. Gathering may take that many milliseconds from now. */
void gatherer_begin(struct gatherer *gatherer, struct plugins *plugins, int64_t limit_ms);
/* Stops the process that gatherer_ask() has started. */
void gatherer_end(struct gatherer *gatherer);
DEFINE_AUTO(gatherer, gatherer_end);

/* Finds the last run in the logs since then that was about these names: its failure, if it
 * failed. */
void gatherer_log(struct gatherer *gatherer, int64_t since, const struct strvec *names,
		  struct fact_failure *ret);
/* Makes the sheet of a lineage from files; the caller releases it. */
void gatherer_read(struct gatherer *gatherer, struct lineage_opened *opened,
		   struct facts *ret_facts);
/* The same for a name without a lineage. */
void gatherer_read_name(struct gatherer *gatherer, const char *name, struct facts *ret_facts);
/* True while there is time for the network. */
bool gatherer_may_ask(const struct gatherer *gatherer);
/* Adds what DNS, the CA and the servers answer. `lineage` may be NULL. ERR_CANCELLED; anything that
 * is not available is left out of the sheet. */
int gatherer_ask(struct gatherer *gatherer, struct lineage *lineage, struct facts *facts,
		 struct error *err) WARN_UNUSED;

#endif
