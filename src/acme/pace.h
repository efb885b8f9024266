/*
 * How fast to send requests to a CA (docs/acme-pace.md): when the next newOrder may go out, and how
 * long to wait before a poll or a retry. This module handles no requests, only times; all are
 * milliseconds of the caller's clock. Used by acme/ only.
 */
#ifndef ACME_PACE_H
#define ACME_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Server faults that a client must work around. Rows in pace.c. */
enum acme_quirk {
	/* Two newOrders served at the same time may deadlock the server. */
	ACME_QUIRK_ORDERS_DEADLOCK = 1 << 0,
};

/* The results for which the CA is polled. */
enum acme_poll {
	ACME_POLL_VALIDATION,
	ACME_POLL_ISSUANCE,
};

/* The observed behaviour of one CA; shared by all machines that talk to it. */
struct acme_pace {
	unsigned quirks;
	size_t circulating; /* signed requests in flight */
	/* How many of them got a reply, and the shortest time one took. */
	unsigned timed;
	int64_t quickest_ms;
	int64_t way_ms; /* the shortest round trip without the server's work; -1: not known */
	int64_t silent_since_ms;    /* all requests since then were lost; 0: the last one was not */
	int64_t not_before_ms;      /* the CA wants no requests before this */
	int64_t new_nonces_paid_ms; /* when the rate limit has "paid" for all newNonces so far */
	const void *orderer;        /* the machine that has a newOrder in flight, or NULL */
	int64_t order_since_ms;
};

#define ACME_PACE_INIT                                                                             \
	{                                                                                          \
		.quickest_ms = INT64_MAX, .way_ms = -1                                             \
	}

/* Sets the quirks of the server with these terms of service (may be NULL). */
void acme_pace_recognize(struct acme_pace *pace, const char *terms_of_service);

/* Records that a signed request got a reply or was lost. */
void acme_pace_observe(struct acme_pace *pace, int64_t sent_ms, bool lost, int64_t now_ms);
/* Records a round trip to the server, in microseconds, as the network measured it. */
void acme_pace_take_way(struct acme_pace *pace, int64_t round_trip_us);
/* True when enough is known to say whether the server is far away. */
bool acme_pace_knows_distance(const struct acme_pace *pace);
/* Returns how long the server has not replied, if that is too long to send new requests; else 0. */
int64_t acme_pace_silence_ms(const struct acme_pace *pace, int64_t now_ms);
/* Returns when to retry at a busy server that asks for `retry_at_ms`; never immediately. */
int64_t acme_pace_busy_until_ms(int64_t retry_at_ms, int64_t now_ms);

/* True when `orderer` may send its newOrder now; it then holds the turn until
 * acme_pace_end_order(). Otherwise sets `*ret_at_ms` to when to ask again, unless the current
 * holder's turn ends earlier. */
bool acme_pace_may_order(struct acme_pace *pace, const void *orderer, int64_t now_ms,
			 int64_t *ret_at_ms);
/* Ends the turn of `orderer`; does nothing if it does not hold it. */
void acme_pace_end_order(struct acme_pace *pace, const void *orderer);

/* How many nonces should circulate: how many signed requests may be in flight. */
size_t acme_pace_nonces_wanted(const struct acme_pace *pace);
/* True when newNonce may be asked for one more. */
bool acme_pace_may_fetch_nonce(const struct acme_pace *pace, int64_t now_ms);
/* Records that it was asked. */
void acme_pace_note_new_nonce(struct acme_pace *pace, int64_t now_ms);

/* The pause before the first poll, after a request that took `round_trip_ms`. */
int64_t acme_pace_first_poll_ms(const struct acme_pace *pace, enum acme_poll what,
				int64_t round_trip_ms);
/* The pause after the reply to poll number `polls`, which came after a pause of `pause_ms`.
 * due_ago_ms: how long ago that poll should have been sent. */
int64_t acme_pace_next_poll_ms(const struct acme_pace *pace, enum acme_poll what, unsigned polls,
			       int64_t pause_ms, int64_t due_ago_ms);

/* The pause before a request is sent again that has got no usable reply `losses` times (from 1).
 * Negative when it has been tried often enough. */
int64_t acme_pace_loss_pause_ms(unsigned losses);
/* The same for a request whose nonce was rejected `rejections` times; 0 means retry immediately. */
int64_t acme_pace_nonce_pause_ms(unsigned rejections);

#endif
