/*
 * One logical request to a CA until its answer arrives: nonce, signature, and the retries that the
 * protocol allows. Each machine keeps a set of them. Used by acme/ only.
 *
 *	acme_calls_start(&calls, &spec)          any number of times while acme_calls_have_room()
 *	acme_calls_reply(&calls, reply, ...)     a reply came: maybe it is the answer of a call
 *	acme_calls_next(&calls, &turn, ...)      something to send? a call that ended unsent?
 *
 * A call retries by itself after a rejected nonce, after 429 and 503 with a Retry-After short
 * enough to wait for, when the request certainly never reached the server, and, if the call is
 * repeatable, when it may have. Everything else is an answer, and the machine decides.
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
#include "base/span.h"
#include "base/strbuf.h"

enum acme_call_flags {
	/* The header has the public key, not the account URL; in ACME v1 it always has. */
	ACME_CALL_WITH_JWK = 1 << 0,
	ACME_CALL_REPEATABLE = 1 << 1, /* sending it twice has the same effect as once */
	/* Treat HTTP status 500 as an answer: the caller has something else to try. */
	ACME_CALL_REFUSED_BY_500 = 1 << 2,
};

struct acme_call_spec {
	enum acme_method method; /* HEAD is newNonce */
	const char *url;         /* copied */
	/* Copied; "" is POST-as-GET, which in ACME v1 is a GET; not used for GET. */
	const char *payload;
	const char *accept;      /* static, or NULL */
	struct span chain_start; /* see struct acme_request; borrowed until the answer */
	const struct key *key;   /* borrowed; NULL: the account's */
	unsigned flags;
	size_t subject;     /* for the machine's own use: returned in the answer */
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
	struct span chain_start;
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
	bool maybe_done; /* a request got no reply but may have taken effect */
};

enum acme_answer_kind {
	ACME_ANSWER_OK,      /* 2xx */
	ACME_ANSWER_REFUSED, /* any other response */
	ACME_ANSWER_LOST,    /* no conclusive response: it may have taken effect or not */
	ACME_ANSWER_FAILED,  /* not sent, or no usable response: `error` says why */
};

struct acme_answer {
	enum acme_answer_kind kind;
	size_t subject;
	const struct acme_reply *reply; /* borrowed; NULL when FAILED */
	bool maybe_done;                /* an earlier try may have taken effect */
	int64_t now_ms;
	struct error error;
};
void acme_answer_release(struct acme_answer *answer);
DEFINE_AUTO(acme_answer, acme_answer_release);
/* The JSON document of an OK answer; the caller releases it. `what` names it in errors.
 * ERR_PROTOCOL when there is none. */
int acme_answer_json(const struct acme_answer *answer, const char *what, struct json **ret_json,
		     struct error *err) WARN_UNUSED;
/* Turns an answer that is not OK into an error: "cannot <doing>: ...". Subproblems are added to
 * `failures`, which may be NULL. Returns the error code. */
int acme_answer_to_error(struct acme_answer *answer, const char *doing,
			 struct acme_failures *failures, struct error *err);

struct acme_calls {
	struct acme_server *server;
	struct acme_call slots[ACME_MAX_IN_FLIGHT];
	size_t backlog;        /* calls the machine will start later; set by the machine */
	unsigned extra_nonces; /* fetched only to have more requests in flight at once */
	bool yields;           /* others that want a nonce go first */
	int64_t round_trip_ms; /* the last request that got a response took this long */
};

/* How far a part of a step got. A negative value is an error code. */
enum acme_progress {
	ACME_PROGRESS_IDLE,  /* nothing to do now */
	ACME_PROGRESS_AGAIN, /* something changed: run the step again */
	ACME_PROGRESS_END,   /* the step is finished: its action is set */
};

/* The time of one step of a machine, and the action that it chooses. */
struct acme_turn {
	int64_t now_ms;
	struct acme_action *action;
	int64_t wait_until_ms; /* lowered by any code that must run earlier */
	/* Set by code that waits for something that another machine's reply may bring. */
	struct acme_parking parking;
};

void acme_calls_init(struct acme_calls *calls, struct acme_server *server);
void acme_calls_release(struct acme_calls *calls);

/* True when another call can be started. */
bool acme_calls_have_room(const struct acme_calls *calls);
/* True while any call has no answer yet. */
bool acme_calls_busy(const struct acme_calls *calls);
/* True while any call waits before another try. */
bool acme_calls_pausing(const struct acme_calls *calls);
/* Starts a call. The caller checks acme_calls_have_room() first. */
void acme_calls_start(struct acme_calls *calls, const struct acme_call_spec *spec);

/* Feeds a reply. Returns 1 with an answer that the caller releases, or 0 when the call continues by
 * itself or the id is unknown. */
int acme_calls_reply(struct acme_calls *calls, const struct acme_reply *reply, int64_t now_ms,
		     struct acme_answer *ret_answer) WARN_UNUSED;

enum acme_calls_event {
	ACME_CALLS_IDLE,   /* nothing now; turn->wait_until_ms says when */
	ACME_CALLS_SEND,   /* turn->action is a SEND */
	ACME_CALLS_ANSWER, /* a call ended without being sent */
};
/* Looks for something to do for the calls that wait to be sent. With ACME_CALLS_SEND the request is
 * in turn->action; with ACME_CALLS_ANSWER the caller releases `ret_answer`. */
enum acme_calls_event acme_calls_next(struct acme_calls *calls, struct acme_turn *turn,
				      struct acme_answer *ret_answer) WARN_UNUSED;

/* Makes sure that the server has its directory. END when it has, AGAIN when a call for it was just
 * started, IDLE while that is in flight (its answer is handled inside the set), or an error
 * code. */
int acme_calls_directory(struct acme_calls *calls, struct acme_turn *turn, int64_t give_up_ms,
			 struct error *err) WARN_UNUSED;

#endif
