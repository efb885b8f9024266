/*
 * One process as a member of the fleet: its name, the keys, and its lease, which is one for all
 * lineages that it works on. Whether the lease may be relied on is decided here, by the time of its
 * last confirmation; its ending is noticed only by asking.
 */
#ifndef FLEET_SESSION_H
#define FLEET_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "fleet/engine.h"
#include "fleet/seal.h"

/* Both clocks of one instant. Only the monotonic one tells the age of a lease. */
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
	int64_t asked_ms;     /* when the request under way was sent */
	/* A key that was asked for under the lease may be made later, or could not be taken back:
	 * the lease has to end as soon as no task needs it (fleet_session_ask_end()), or a process
	 * that goes on would own what it does not know of. */
	bool must_end;
};

/* Makes the ask that begins a lease with a new id. */
void fleet_session_ask_lease(struct fleet_session *session, struct fleet_time now,
			     struct fleet_ask *ask);
/* Makes the ask that renews the lease, which there must be. */
void fleet_session_ask_beat(struct fleet_session *session, struct fleet_time now,
			    struct fleet_ask *ask);
/* Makes the ask that ends the lease: always asked at the end of the process, since writes whose
 * answer was lost may be made late, and must not outlive it. The session has no lease
 * afterwards. */
void fleet_session_ask_end(struct fleet_session *session, struct fleet_ask *ask);
/* Reads the answer to one of the first two: true when the lease is alive. FLEET_NO_LEASE: the
 * session has none any more. */
bool fleet_session_take_lease(struct fleet_session *session, const struct fleet_answer *answer);
/* Notes that the lease has gone. */
void fleet_session_lose_lease(struct fleet_session *session);
/* True when a third of the lease's time has passed since it was confirmed: time to renew it. */
bool fleet_session_wants_beat(const struct fleet_session *session, struct fleet_time now);
/* True while less than half of its time has passed: nobody else can have taken over, unless the
 * store lost the lease. */
bool fleet_session_is_sure(const struct fleet_session *session, struct fleet_time now);
/* A text that no other writing has; the caller frees it. */
char *fleet_session_nonce(const struct fleet_session *session) WARN_UNUSED;

#endif
