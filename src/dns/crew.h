/*
 * Several things done at the same time at providers: the zones of a batch, questions about zones.
 *
 * Each is a function in a thread of its own, so that a provider's code reads from top to bottom;
 * but only one of the threads runs at any moment, and the turn changes only where one waits for a
 * server or the clock. So providers need no locks: what they keep in a session changes under them
 * only across a call or a pause. Internal to dns/.
 */
#ifndef DNS_CREW_H
#define DNS_CREW_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "net/dns/dns_client.h"
#include "net/http/http.h"

struct dns_worker; /* one of the threads; NULL: the caller works alone, and waits by itself */
struct plugin_host;

/* Handles items[index]. */
typedef void dns_crew_fn(void *context, size_t index, struct dns_worker *worker);

/* Calls the function for every index below `count`, several at the same time, and returns when all
 * have ended. A signal ends all waiting with ERR_CANCELLED. */
void dns_crew_run(const struct plugin_host *host, dns_crew_fn *work, void *context, size_t count);

/* What http_perform() and dns_client_ask() do, and a pause, while others have their turn. */
int dns_worker_http(struct dns_worker *worker, const struct plugin_host *host,
		    const struct http_request *request, struct http_response *ret_response,
		    struct error *err) WARN_UNUSED;
int dns_worker_ask(struct dns_worker *worker, const struct plugin_host *host,
		   struct dns_question *questions, size_t count, struct error *err) WARN_UNUSED;
int dns_worker_pause(struct dns_worker *worker, const struct plugin_host *host, int64_t ms,
		     struct error *err) WARN_UNUSED;

#endif
