/*
 * One process as a member of the fleet: its name, its keys, and the one lease for all lineages that
 * it works on. Decides by the time of the last confirmation whether the lease may be relied on;
 * only asking the store reveals that it has ended.
 */
#ifndef FLEET_SESSION_H
#define FLEET_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "fleet/budget.h"
#include "fleet/engine.h"
#include "fleet/seal.h"

/* Both clocks at the same instant. Only the monotonic one measures the age of a lease. */
struct fleet_time {
	int64_t mono_ms; /* arbitrary origin */
	int64_t unix_s;  /* may be wrong by minutes */
};

struct fleet_session {
	const char *fleet; /* id of the fleet; this and the next three are borrowed */
	const char *node;
	const struct fleet_keyring *ring;
	uint64_t (*random)(void *context); /* of the whole range */
	void *random_context;
	int64_t lease_ttl_s;
	uint64_t lease;       /* 0: none */
	int64_t confirmed_ms; /* monotonic: when the last confirmed request was sent */
	int64_t asked_ms;     /* when the request in progress was sent */
	/* A key that was put under the lease may still appear, or could not be removed. The lease
	 * has to end as soon as no task needs it (fleet_session_ask_end()): otherwise this process
	 * would own something without knowing it. */
	bool must_end;
	struct fleet_share *shares; /* what is known of the CAs' counts: fleet_budget_free() */
};

/* Makes the ask that begins a lease with a new id. */
void fleet_session_ask_lease(struct fleet_session *session, struct fleet_time now,
			     struct fleet_ask *ask);
/* Makes the ask that renews the lease; there must be one. */
void fleet_session_ask_beat(struct fleet_session *session, struct fleet_time now,
			    struct fleet_ask *ask);
/* Makes the ask that ends the lease, which every process performs at its end: writes whose answer
 * was lost may still be made, and must not outlive the process. The session has no lease
 * afterwards. */
void fleet_session_ask_end(struct fleet_session *session, struct fleet_ask *ask);
/* Makes the ask that gives back what was reserved of a CA's budget and not used; false: nothing
 * was. The answer has what
 * is there, if another machine has counted meanwhile. */
bool fleet_session_ask_return(const struct fleet_session *session, const struct fleet_share *share,
			      struct fleet_ask *ask);
/* Reads the answer to one of the first two: true if the lease is alive. FLEET_NO_LEASE: the session
 * no longer has one. */
bool fleet_session_take_lease(struct fleet_session *session, const struct fleet_answer *answer);
/* Records that the lease has ended. */
void fleet_session_lose_lease(struct fleet_session *session);
/* True once a third of the lease's time has passed since it was confirmed, so that it has to be
 * renewed. */
bool fleet_session_wants_beat(const struct fleet_session *session, struct fleet_time now);
/* True while less than half of its time has passed: no other machine can have taken over, unless
 * the store lost the lease. */
bool fleet_session_is_sure(const struct fleet_session *session, struct fleet_time now);
/* Returns a text that occurs in no other write; the caller frees it. */
char *fleet_session_nonce(const struct fleet_session *session) WARN_UNUSED;

#endif
