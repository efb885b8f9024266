/*
 * The functions that gather facts; each fills in its part of the sheet. Only app/why includes this.
 */
#ifndef APP_WHY_GATHER_PARTS_H
#define APP_WHY_GATHER_PARTS_H

#include "app/why/facts.h"
#include "base/error.h"
#include "base/span.h"
#include "instances/plugins.h"
#include "store/lineage/lineage_walk.h"

struct dns_client;
struct http_client;

/* ---- Files (gather_local.c, gather_plugins.c, gather_timers.c, gather_log.c) ---- */

/* Gathers facts that do not depend on the lineage: addresses, free space, listeners, timers. */
void gather_machine(const struct settings *settings, int64_t now, struct fact_machine *ret);
/* Gathers facts from the conf and the certificate. `settings` are those of the lineage. */
void gather_lineage(struct plugins *plugins, const struct settings *settings,
		    struct lineage_opened *opened, struct facts *facts);
/* Examines the lineage's plugins, their programs and files, and its hooks. */
void gather_plugins(struct plugins *plugins, const struct settings *settings, struct facts *facts);
/* Finds the URL of the CA, and the account that would be used. */
void gather_account(const struct settings *settings, struct facts *facts);
/* Finds the timers and cron lines that start renewals. */
void gather_timers(struct fact_timers *ret);
/* Reads the relevant lines of the newest logs. `is_running`: the newest one belongs to the current
 * run, which has failed. The caller frees the result. */
struct gather_logs *gather_logs_new(const char *dir, bool is_running);
void gather_logs_free(struct gather_logs *logs);
/* Finds the last run since `since` that was about these names, and its failure if it failed. */
void gather_log(const struct gather_logs *logs, int64_t since, const struct strvec *names,
		struct fact_failure *ret);
/* Exported for tests. Reads one log: true if the run was about these names; `ret` gets its failure,
 * if it failed. */
bool gather_log_read(struct span text, const struct strvec *names, bool is_running,
		     struct fact_failure *ret);

/* ---- The network (gather_dns.c, gather_http.c); each returns by its deadline ---- */

/* A time limit on the monotonic clock. */
struct gather_limit {
	const struct clock *clock;
	int64_t deadline_ms;
};

/* Asks two resolvers and the zones' own servers about all names. ERR_CANCELLED. */
int gather_dns(struct dns_client *client, const struct settings *settings,
	       const struct gather_limit *limit, struct facts *facts,
	       struct error *err) WARN_UNUSED;
/* Starts the request for the CA's directory. */
void gather_ca_begin(struct http_client *http, const struct facts *facts);
/* Cancels that request, if gather_http() is not going to wait for it. */
void gather_ca_drop(struct http_client *http);
/* Asks all addresses of the names as a CA would, waits for them and for the directory, and looks at
 * the certificates that our own addresses and the services present. `bare` verifies no certificate
 * and uses no proxy. ERR_CANCELLED. */
int gather_http(struct http_client *http, struct http_client *bare,
		const struct gather_limit *limit, struct facts *facts,
		struct error *err) WARN_UNUSED;
/* Adds the places where the lineage's services should present its certificate, for gather_http() to
 * look at. ERR_CANCELLED. */
int gather_services(struct plugins *plugins, struct lineage *lineage, struct facts *facts,
		    struct error *err) WARN_UNUSED;
/* Finds which of the certificates that were presented are earlier ones of the lineage. */
void gather_judge_services(const struct lineage *lineage, struct facts *facts);

#endif
