/*
 * Changes of zones at Google Cloud DNS.
 */
#ifndef DNS_PROVIDERS_GOOGLE_GOOGLE_CHANGE_H
#define DNS_PROVIDERS_GOOGLE_GOOGLE_CHANGE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/macros.h"
#include "dns/api/pending.h"

struct dns_batch;
struct dns_session;
struct google_login;

/* State of a session. */
struct google {
	struct google_login *login;
	const char *project;
	struct dns_pending pending;
};

/* Puts the values of the batch in or takes them away, in one request. */
int google_change(struct dns_session *session, const struct dns_batch *batch, bool is_removal,
		  struct error *err) WARN_UNUSED;
/* Waits until what was put in is in force. ERR_NETWORK: it still is not after five minutes. */
int google_await_changes(struct dns_session *session, struct error *err) WARN_UNUSED;

#endif
