/*
 * Changes that a provider has accepted and not carried out yet. present() notes them, settle()
 * waits for those of all zones together.
 */
#ifndef DNS_PENDING_H
#define DNS_PENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strvec.h"

struct dns_session;

struct dns_pending {
	struct strvec urls;  /* where to ask after each change */
	struct strvec zones; /* where it is made */
};
#define DNS_PENDING_INIT                                                                           \
	{                                                                                          \
		.urls = STRVEC_INIT, .zones = STRVEC_INIT                                          \
	}
void dns_pending_release(struct dns_pending *pending);

/* Notes a change in the zone that the session is about. */
void dns_pending_add(struct dns_pending *pending, const struct dns_session *session,
		     const char *url);

/* How to wait. */
struct dns_pending_poll {
	/* Whether the change at the URL is in force. */
	int (*ask)(struct dns_session *session, const char *url, bool *ret_is_done,
		   struct error *err);
	int64_t interval_ms;
	int64_t limit_ms;
};
/* Asks after all changes until none is pending; the list is empty afterwards. ERR_NETWORK: the
 * limit has passed. Errors of ask(), ERR_CANCELLED. */
int dns_pending_await(struct dns_pending *pending, struct dns_session *session,
		      const struct dns_pending_poll *poll, struct error *err) WARN_UNUSED;

#endif
