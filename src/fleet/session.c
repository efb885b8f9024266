/*
 * The lease of a process (see session.h). Its age counts from the time when the request was sent,
 * not from the answer: the store may have started its clock at any time in between.
 */
#include "fleet/session.h"

#include "base/alloc.h"
#include "fleet/planted.h"

static void ask_of_lease(struct fleet_session *session, struct fleet_time now,
			 enum fleet_ask_kind kind, struct fleet_ask *ask)
{
	fleet_ask_release(ask);
	ask->kind = kind;
	ask->lease = session->lease;
	ask->ttl_s = session->lease_ttl_s;
	session->asked_ms = now.mono_ms;
}

/* Each request has a new id: if the answer to a grant is lost, the lease that it made holds
 * nothing. */
void fleet_session_ask_lease(struct fleet_session *session, struct fleet_time now,
			     struct fleet_ask *ask)
{
	session->lease = (session->random(session->random_context) >> 1) | 1;
	ask_of_lease(session, now, FLEET_GRANT, ask);
}

void fleet_session_ask_beat(struct fleet_session *session, struct fleet_time now,
			    struct fleet_ask *ask)
{
	ask_of_lease(session, now, FLEET_KEEPALIVE, ask);
}

void fleet_session_ask_end(struct fleet_session *session, struct fleet_ask *ask)
{
	ask_of_lease(session, (struct fleet_time){.mono_ms = session->asked_ms}, FLEET_REVOKE, ask);
	fleet_session_lose_lease(session);
}

bool fleet_session_take_lease(struct fleet_session *session, const struct fleet_answer *answer)
{
	enum fleet_outcome outcome = answer->outcome;

	if (outcome == FLEET_NO_LEASE && PLANTED(PLANT_LOST_LEASE_IS_KEPT))
		outcome = FLEET_DONE;
	if (outcome == FLEET_NO_LEASE)
		fleet_session_lose_lease(session);
	if (outcome != FLEET_DONE)
		return false;
	session->confirmed_ms = session->asked_ms;
	return true;
}

void fleet_session_lose_lease(struct fleet_session *session)
{
	session->lease = 0;
	session->must_end = false;
}

bool fleet_session_ask_return(const struct fleet_session *session, const struct fleet_share *share,
			      struct fleet_ask *ask)
{
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
	const struct fleet_place place = {session->fleet, FLEET_BUDGET, share->name, 0};

	if (!fleet_budget_return(share, &record))
		return false;
	fleet_ask_compare(ask, fleet_place_key(&place), &share->value);
	fleet_ask_read(ask, fleet_place_key(&place));
	fleet_seal(session->ring, &place, &record,
		   &fleet_ask_put(ask, fleet_place_key(&place))->value);
	return true;
}

static int64_t age_of_lease(const struct fleet_session *session, struct fleet_time now)
{
	return now.mono_ms - session->confirmed_ms;
}

bool fleet_session_wants_beat(const struct fleet_session *session, struct fleet_time now)
{
	return session->lease && age_of_lease(session, now) > session->lease_ttl_s * 1000 / 3;
}

bool fleet_session_is_sure(const struct fleet_session *session, struct fleet_time now)
{
	return session->lease && age_of_lease(session, now) < session->lease_ttl_s * 1000 / 2;
}

char *fleet_session_nonce(const struct fleet_session *session)
{
	return xasprintf("%016llx%016llx",
			 (unsigned long long)session->random(session->random_context),
			 (unsigned long long)session->random(session->random_context));
}
