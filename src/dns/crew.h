/*
 * Runs several operations at providers at the same time: the zones of a batch, questions about
 * zones.
 *
 * Each operation is a function in its own thread, so that a provider's code reads from top to
 * bottom. Only one of the threads runs at any moment, and control passes to another only while one
 * waits for a server or the clock. So providers need no locks: the data of a session changes only
 * across a call or a pause. Internal to dns/.
 */
#ifndef DNS_CREW_H
#define DNS_CREW_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "net/dns/dns_client.h"
#include "net/http/http.h"

struct dns_worker; /* one of the threads; NULL: the caller works alone, and blocks */
struct plugin_host;

/* Handles items[index]. */
typedef void dns_crew_fn(void *context, size_t index, struct dns_worker *worker);

/* Calls the function for every index below `count`, several at the same time, and returns when all
 * have ended. A signal ends all waits with ERR_CANCELLED. */
void dns_crew_run(const struct plugin_host *host, dns_crew_fn *work, void *context, size_t count);

/* Does what http_perform() does while other workers run. */
int dns_worker_http(struct dns_worker *worker, const struct plugin_host *host,
		    const struct http_request *request, struct http_response *ret_response,
		    struct error *err) WARN_UNUSED;

/* Does what dns_client_ask() does while other workers run. */
int dns_worker_ask(struct dns_worker *worker, const struct plugin_host *host,
		   struct dns_question *questions, size_t count, struct error *err) WARN_UNUSED;

/* Waits for `ms` milliseconds while other workers run. ERR_CANCELLED: a signal arrived. */
int dns_worker_pause(struct dns_worker *worker, const struct plugin_host *host, int64_t ms,
		     struct error *err) WARN_UNUSED;

#endif
