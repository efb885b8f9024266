/*
 * Waits for changes that an API accepts now and makes later (see pending.h). A list is walked from
 * its end, because finished entries are removed on the way.
 */
#include "dns/api/pending.h"

#include "base/alloc.h"
#include "dns/provider.h"

void dns_pending_release(struct dns_pending *pending)
{
	strvec_release(&pending->urls);
	strvec_release(&pending->zones);
}

void dns_pending_add(struct dns_pending *pending, const struct dns_session *session,
		     const char *url)
{
	strvec_push(&pending->urls, url);
	strvec_push(&pending->zones, session->zone ? session->zone : "");
}

/* Asks after each change once and drops those that are in force. */
static int ask_all(struct dns_pending *pending, struct dns_session *session,
		   const struct dns_pending_poll *poll, struct error *err)
{
	for (size_t i = pending->urls.count; i-- > 0;) {
		bool is_done = false;

		session->zone = pending->zones.items[i];
		if (poll->ask(session, pending->urls.items[i], &is_done, err) < 0)
			return err->code;
		if (!is_done)
			continue;
		strvec_remove(&pending->urls, i);
		strvec_remove(&pending->zones, i);
	}
	return 0;
}

static int await_change(struct dns_pending *pending, struct dns_session *session,
			const struct dns_pending_poll *poll, struct error *err)
{
	AUTO_FREE char *zones = NULL;

	for (int64_t waited_ms = 0; pending->urls.count; waited_ms += poll->interval_ms) {
		if (waited_ms && dns_pause(session, poll->interval_ms, err) < 0)
			return err->code;
		if (ask_all(pending, session, poll, err) < 0)
			return err->code;
		if (waited_ms < poll->limit_ms || !pending->urls.count)
			continue;
		zones = strvec_join(&pending->zones, ", ");
		return error_set(err, ERR_NETWORK,
				 "cannot add records at %s: changes are still pending after %lld "
				 "seconds in the zones %s",
				 session->provider->title, (long long)waited_ms / 1000, zones);
	}
	return 0;
}

int dns_pending_await(struct dns_pending *pending, struct dns_session *session,
		      const struct dns_pending_poll *poll, struct error *err)
{
	int rc = await_change(pending, session, poll, err);

	dns_pending_release(pending);
	session->zone = NULL;
	return rc;
}
