/*
 * How fast a CA is asked (docs/acme-pace.md): when the next newOrder may go out, how long to wait
 * before a poll, and before another try. It knows no requests, only times; all of them are
 * milliseconds of the caller's clock. Used by acme/ only.
 */
#ifndef ACME_PACE_H
#define ACME_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Faults of servers that a client has to know of. Rows in pace.c. */
enum acme_quirk {
	/* Two newOrders that are served at once may lock the server up for good. */
	ACME_QUIRK_ORDERS_DEADLOCK = 1 << 0,
};

/* What is known of one CA; shared by all machines that talk to it. */
struct acme_pace {
	unsigned quirks;
	size_t circulating; /* signed requests in flight */
	/* How many of them were replied to, and the shortest time that one took. */
	unsigned timed;
	int64_t quickest_ms;
	int64_t way_ms; /* the shortest round trip without the server's work; -1: not known */
	int64_t silent_since_ms; /* since when all were lost; 0: the last one was not */
	int64_t not_before_ms;   /* the CA wants no requests before */
	const void *orderer;     /* whose newOrder is on its way, and since when; NULL: nobody's */
	int64_t order_since_ms;
};

#define ACME_PACE_INIT                                                                             \
	{                                                                                          \
		.quickest_ms = INT64_MAX, .way_ms = -1                                             \
	}

/* Takes note of the quirks of a server with these terms of service (may be NULL). */
void acme_pace_recognize(struct acme_pace *pace, const char *terms_of_service);

/* A signed request was replied to, or lost. */
void acme_pace_observe(struct acme_pace *pace, int64_t sent_ms, bool lost, int64_t now_ms);
/* The network has measured a round trip to the server of so many microseconds. */
void acme_pace_take_way(struct acme_pace *pace, int64_t round_trip_us);
/* Can it be told by now whether the server is far? */
bool acme_pace_knows_distance(const struct acme_pace *pace);
/* For how long the server has not replied to anything, once that is so long that nothing new is
 * asked of it; else 0. */
int64_t acme_pace_silence_ms(const struct acme_pace *pace, int64_t now_ms);
/* When to come back to a server that is busy and says `retry_at_ms`: not at once in any case. */
int64_t acme_pace_busy_until_ms(int64_t retry_at_ms, int64_t now_ms);

/* May `orderer` send its newOrder now? Then the turn is its own until acme_pace_end_order(). If
 * not, `*ret_at_ms` is when to ask again, unless the turn of the other ends before. */
bool acme_pace_may_order(struct acme_pace *pace, const void *orderer, int64_t now_ms,
			 int64_t *ret_at_ms);
void acme_pace_end_order(struct acme_pace *pace, const void *orderer);

/* The pause before the first poll, after a request that took `round_trip_ms`. */
int64_t acme_pace_first_poll_ms(const struct acme_pace *pace, int64_t round_trip_ms);
/* The pause after one of that length. */
int64_t acme_pace_next_poll_ms(int64_t pause_ms);

/* The pause before a request is sent again that got no usable reply so many times (from 1).
 * Negative: it has been tried often enough. */
int64_t acme_pace_loss_pause_ms(unsigned losses);
/* The same for one whose nonce was rejected so many times; 0: at once. */
int64_t acme_pace_nonce_pause_ms(unsigned rejections);

#endif
