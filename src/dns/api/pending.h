/*
 * Changes that a provider has accepted but not yet carried out. present() records them, settle()
 * waits for those of all zones together.
 */
#ifndef DNS_API_PENDING_H
#define DNS_API_PENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strvec.h"

struct dns_session;

struct dns_pending {
	struct strvec urls;  /* URL that tells the state of each change */
	struct strvec zones; /* where it is made */
};
#define DNS_PENDING_INIT                                                                           \
	{                                                                                          \
		.urls = STRVEC_INIT, .zones = STRVEC_INIT                                          \
	}

/* Frees the lists. */
void dns_pending_release(struct dns_pending *pending);

/* Records a change in the zone that the session works on. */
void dns_pending_add(struct dns_pending *pending, const struct dns_session *session,
		     const char *url);

/* How to wait. */
struct dns_pending_poll {
	/* Says whether the change at the URL is in force. */
	int (*ask)(struct dns_session *session, const char *url, bool *ret_is_done,
		   struct error *err);
	int64_t interval_ms;
	int64_t limit_ms;
};
/* Polls until no change is pending; the list is empty afterwards. ERR_NETWORK: time is up. Also
 * returns the errors of ask(), and ERR_CANCELLED. */
int dns_pending_await(struct dns_pending *pending, struct dns_session *session,
		      const struct dns_pending_poll *poll, struct error *err) WARN_UNUSED;

#endif
