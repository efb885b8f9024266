/*
 * One logical request to a CA, until it has its answer: nonce, signature, and the repeats that the
 * protocol allows. And a set of them, as a machine keeps it. Used by acme/ only.
 *
 *	acme_calls_start(&calls, &spec)          any number of times while acme_calls_have_room()
 *	acme_calls_reply(&calls, reply, ...)     a reply came: maybe it is the answer of a call
 *	acme_calls_next(&calls, &turn, ...)      something to send? a call that ended unsent?
 *
 * What a call repeats by itself: a rejected nonce; 429 and 503 with a Retry-After that can be
 * waited for; a request that surely never reached the server; and, when the call is repeatable, one
 * that may have. Everything else is an answer, and the machine decides.
 */
#ifndef ACME_CALL_H
#define ACME_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "acme/problem.h"
#include "acme/server.h"
#include "acme/wire.h"
#include "base/error.h"
#include "base/strbuf.h"

enum acme_call_flags {
	ACME_CALL_WITH_JWK = 1 << 0,   /* the header has the public key, not the account URL */
	ACME_CALL_REPEATABLE = 1 << 1, /* to do it twice is the same as once */
	/* HTTP status 500 is an answer like others: the caller has something else to try. */
	ACME_CALL_REFUSED_BY_500 = 1 << 2,
};

struct acme_call_spec {
	enum acme_method method; /* GET or POST */
	const char *url;         /* copied */
	const char *payload;     /* copied; "" is POST-as-GET; not used for GET */
	const char *accept;      /* static, or NULL */
	const struct key *key;   /* borrowed; NULL: the account's */
	unsigned flags;
	size_t subject;     /* the machine's own: comes back in the answer */
	int64_t give_up_ms; /* no wait may end later than this */
};

enum acme_call_stage {
	ACME_CALL_FREE,
	ACME_CALL_WANTED,    /* to be sent as soon as time and nonces allow */
	ACME_CALL_NONCE,     /* newNonce is in flight */
	ACME_CALL_IN_FLIGHT, /* the request itself is */
};

struct acme_call {
	enum acme_call_stage stage;
	enum acme_method method;
	char *url;
	char *payload;
	const char *accept;
	const struct key *key;
	unsigned flags;
	size_t subject;
	int64_t give_up_ms;
	int id; /* of the request in flight */
	int64_t sent_ms;
	struct strbuf body;
	int64_t not_before_ms;
	unsigned rejected_nonces;
	unsigned failed_tries;
	bool maybe_done; /* a request got no reply and may have had its effect */
};

enum acme_answer_kind {
	ACME_ANSWER_OK,      /* 2xx */
	ACME_ANSWER_REFUSED, /* any other response */
	ACME_ANSWER_LOST,    /* no response that tells: it may have had its effect or not */
	ACME_ANSWER_FAILED,  /* not sent, or no usable response: `error` says why */
};

struct acme_answer {
	enum acme_answer_kind kind;
	size_t subject;
	const struct acme_reply *reply; /* borrowed; NULL when FAILED */
	bool maybe_done;                /* an earlier try may have had its effect */
	int64_t now_ms;
	struct error error;
};
void acme_answer_release(struct acme_answer *answer);
DEFINE_AUTO(acme_answer, acme_answer_release);
/* The JSON document of an OK answer; `what` names it in errors. ERR_PROTOCOL. */
int acme_answer_json(const struct acme_answer *answer, const char *what, struct json **ret_json,
		     struct error *err) WARN_UNUSED;
/* Makes an error of an answer that is not OK: "cannot <doing>: ...". Subproblems go into `failures`
 * (may be NULL). Returns the code. */
int acme_answer_to_error(struct acme_answer *answer, const char *doing,
			 struct acme_failures *failures, struct error *err);

struct acme_calls {
	struct acme_server *server;
	struct acme_call slots[ACME_MAX_IN_FLIGHT];
	size_t backlog;        /* calls the machine will start later; set by the machine */
	unsigned extra_nonces; /* fetched only to have more requests in flight at once */
	int64_t round_trip_ms; /* of the last request that got a response */
};

/* How far a part of a step came. Negative: the code of an error. */
enum acme_progress {
	ACME_PROGRESS_IDLE,  /* nothing to do now */
	ACME_PROGRESS_AGAIN, /* something has changed: look again */
	ACME_PROGRESS_END,   /* the step is over: its action is known */
};

/* What a step may do now. */
struct acme_turn {
	int64_t now_ms;
	struct acme_action *action;
	int64_t wait_until_ms; /* lowered by whoever wants to be stepped earlier */
	/* Set by whoever waits for what the reply to another machine may bring. */
	struct acme_parking parking;
};

void acme_calls_init(struct acme_calls *calls, struct acme_server *server);
void acme_calls_release(struct acme_calls *calls);

bool acme_calls_have_room(const struct acme_calls *calls);
/* True while any call has no answer. */
bool acme_calls_busy(const struct acme_calls *calls);
/* True while any waits for another try. */
bool acme_calls_pausing(const struct acme_calls *calls);
/* There must be room. */
void acme_calls_start(struct acme_calls *calls, const struct acme_call_spec *spec);

/* Feeds a reply. Returns 1 with an answer; 0: the call goes on by itself, or the id is unknown. */
int acme_calls_reply(struct acme_calls *calls, const struct acme_reply *reply, int64_t now_ms,
		     struct acme_answer *ret_answer) WARN_UNUSED;

enum acme_calls_event {
	ACME_CALLS_IDLE,   /* nothing now; turn->wait_until_ms says when */
	ACME_CALLS_SEND,   /* turn->action is a SEND */
	ACME_CALLS_ANSWER, /* a call ended without being sent */
};
enum acme_calls_event acme_calls_next(struct acme_calls *calls, struct acme_turn *turn,
				      struct acme_answer *ret_answer) WARN_UNUSED;

/* Sees to the directory: END when it is there, AGAIN when its call was started, IDLE while it is on
 * its way (its call is answered inside the set), or the code of the error. */
int acme_calls_directory(struct acme_calls *calls, struct acme_turn *turn, int64_t give_up_ms,
			 struct error *err) WARN_UNUSED;

#endif
