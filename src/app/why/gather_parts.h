/*
 * The parts of gathering: each fills its facts of the sheet. Nobody outside app/why includes this.
 */
#ifndef APP_WHY_GATHER_PARTS_H
#define APP_WHY_GATHER_PARTS_H

#include "app/plugins/plugins.h"
#include "app/why/facts.h"
#include "base/error.h"
#include "base/span.h"
#include "store/lineage/lineage_walk.h"

struct dns_client;
struct http_client;

/* ---- Files (gather_local.c, gather_plugins.c, gather_timers.c, gather_log.c) ---- */

/* Gathers the facts that do not depend on the lineage: addresses, room, listeners, timers. */
void gather_machine(const struct settings *settings, int64_t now, struct fact_machine *ret);
/* Gathers the facts in the conf and the certificate. `settings` are those of the lineage. */
void gather_lineage(struct plugins *plugins, const struct settings *settings,
		    struct lineage_opened *opened, struct facts *facts);
/* The lineage's plugins, their programs and files, and its hooks. */
void gather_plugins(struct plugins *plugins, const struct settings *settings, struct facts *facts);
/* URL of the CA, and the account that would be used. */
void gather_account(const struct settings *settings, struct facts *facts);
/* Finds the timers and cron lines that start renewals. */
void gather_timers(struct fact_timers *ret);
/* Reads what is of use in the newest logs. `is_running`: the very newest is of the run that asks,
 * which has failed. The caller frees the result. */
struct gather_logs *gather_logs_new(const char *dir, bool is_running);
void gather_logs_free(struct gather_logs *logs);
/* The last run in the logs since then that was about these names: its failure, if it had one. */
void gather_log(const struct gather_logs *logs, int64_t since, const struct strvec *names,
		struct fact_failure *ret);
/* Exported for tests. What one log says: true when the run was about these names; `ret` gets its
 * failure, if it failed. */
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
/* Drops that request, if gather_http() does not come to wait for it. */
void gather_ca_drop(struct http_client *http);
/* Asks all addresses of the names as a CA would, waits for them and for the directory, and looks
 * which certificates are shown at addresses of this machine and by the services. `bare` verifies
 * no certificate and uses no proxy. ERR_CANCELLED. */
int gather_http(struct http_client *http, struct http_client *bare,
		const struct gather_limit *limit, struct facts *facts,
		struct error *err) WARN_UNUSED;
/* Adds the places where the lineage's services should show its certificate, for gather_http() to
 * look at. ERR_CANCELLED. */
int gather_services(struct plugins *plugins, struct lineage *lineage, struct facts *facts,
		    struct error *err) WARN_UNUSED;
/* Tells which of the certificates that were seen are former ones of the lineage. */
void gather_judge_services(const struct lineage *lineage, struct facts *facts);

#endif
