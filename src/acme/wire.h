/*
 * The interface between the machines and the outside world: what to send, what came back, what to
 * do next. Nothing in acme/ opens a socket, sleeps, reads a clock or draws a random number.
 */
#ifndef ACME_WIRE_H
#define ACME_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "acme/types.h"
#include "base/error.h"
#include "base/span.h"
#include "codec/headers.h"
#include "crypto/cert/cert.h"

struct json;

enum acme_method {
	ACME_GET,
	ACME_HEAD,
	ACME_POST,
};

/* Bodies larger than this are refused by the transport (bytes). */
#define ACME_MAX_BODY (1024 * 1024)

/* One complete HTTP request; the body of a POST is the signed JWS. The transport borrows it until
 * the reply is fed back, so cancel what is in flight before freeing a machine. */
struct acme_request {
	int id; /* returned in the reply; unique among the requests of a server */
	enum acme_method method;
	const char *url;
	const char *body; /* NULL without one */
	size_t body_len;
	const char *content_type; /* NULL without a body */
	const char *accept;       /* NULL: no preference */
	/* The part of the chain that earlier answers brought and this one continues: PEM or empty.
	 * The reply has the whole chain. */
	struct span chain_start;
};

/* `accept` of requests that are answered with a certificate chain or, in ACME v1, with one
 * certificate of it; all others get JSON. */
#define ACME_CHAIN_TYPE "application/pem-certificate-chain"
#define ACME_CERT_TYPE "application/pkix-cert"
/* True when the request is answered with certificates. */
bool acme_request_wants_chain(const struct acme_request *request);

/* The reply to a request. `transport` is set when no complete response arrived (connect, TLS,
 * timeout, reset, body too large); then the members that describe the response are meaningless. */
struct acme_reply {
	int id; /* of the request; valid also when `transport` is set */
	int status;
	struct headers headers;
	char *body; /* for the log only */
	size_t body_len;
	/* The parsed body: JSON, or the chain that was requested if the status is 2xx. */
	struct json *json;       /* NULL: none */
	struct cert_chain chain; /* without a leaf: none */
	struct error fault;      /* why there is none */
	struct error transport;
	/* The request may have reached the server although no reply came. With a reply: it was sent
	 * twice, and there is none to the first one. */
	bool maybe_sent;
	/* Lower bound of the network round trip in microseconds, without the server's own work; 0:
	 * not known. */
	int64_t round_trip_us;
};
void acme_reply_init(struct acme_reply *reply);
void acme_reply_release(struct acme_reply *reply);
DEFINE_AUTO(acme_reply, acme_reply_release);

/*
 * A machine may have several requests in flight: after SEND, step again without a reply; it gives
 * the next SEND or, when there is none, WAIT. An order has at most ACME_MAX_IN_FLIGHT of them (only
 * for authorizations and challenges; everything else is sent one by one), an exchange has one. A
 * caller that steps only with replies works as well, one request at a time.
 *
 * WAIT until INT64_MAX means that there is nothing to do before a reply to this machine arrives.
 * Stepping too early is harmless. A WAIT that is parked at a server ends early when another
 * machine's reply brings what this one waits for; see acme_parking_is_over().
 */
enum acme_action_kind {
	ACME_ACTION_SEND,    /* perform `request`, feed the reply to a step */
	ACME_ACTION_CONFIRM, /* see ACME_ORDER_CONFIRMED: note `order_url`, then step again */
	ACME_ACTION_PRESENT, /* hand `challenges` to the authenticator, then step again */
	ACME_ACTION_WAIT,    /* do nothing until wait_until_ms, then step with no reply */
	ACME_ACTION_DONE,    /* the machine has ended: do not step it again */
	ACME_ACTION_FAILED,  /* the same; the step's error says why */
};

#define ACME_MAX_IN_FLIGHT 8

struct acme_server;

/* The events that a machine waits for in addition to the time. */
struct acme_parking {
	const struct acme_server *server; /* its directory, or a nonce; NULL: nothing */
	bool yields;                      /* others that are parked go first */
	bool for_order;                   /* the end of another machine's newOrder */
	bool for_distance; /* for enough replies to know how far away the server is */
};

struct acme_action {
	enum acme_action_kind kind;
	struct acme_request request;       /* SEND */
	struct acme_challenge *challenges; /* PRESENT: owned by the machine */
	size_t challenge_count;
	const char *order_url;       /* CONFIRM: of the order, borrowed from the machine */
	bool finalizes;              /* CONFIRM: the CSR is sent next */
	int64_t wait_until_ms;       /* WAIT: Unix milliseconds */
	struct acme_parking parking; /* WAIT: see above */
};

#endif
