/*
 * The numbers behind the pace and the reasons for them (see pace.h and docs/acme-pace.md). They are
 * defined here and nowhere else; tests/unit/acme/test_pace.c simulates their effect.
 */
#include "acme/pace.h"

#include <string.h>

#include "base/macros.h"

enum {
	/* Time between two newOrders when the first has no reply yet: 20 a second, or 100 to a
	 * distant CA (Let's Encrypt allows 300 from one address). */
	ORDER_SPACING_MS = 50,
	FAR_ORDER_SPACING_MS = 10,
	/* Where two newOrders must not overlap, the second waits for the first one's reply, but no
	 * longer than this, since the reply may be lost. */
	DEADLOCK_SPACING_MS = 10 * 1000,
	/* So quick a reply comes from the same machine or the same room. If the network's own round
	 * trip is not known, replies are judged after this many, because the first ones also
	 * include setting up connections. */
	NEAR_MS = 30,
	TELLING_REPLIES = 20,

	/* Requests in flight, each with its nonce. For a distant server their number is chosen to
	 * make this many requests a second, and no more however soon the replies come (Let's
	 * Encrypt allows 250 from one address). */
	NONCES = 16,
	MAX_NONCES_IN_FLIGHT = 48,
	FAR_REQUESTS_PER_S = 230,
	/* newNonce has the lowest limit: at Let's Encrypt 20 a second, and 10 at once. */
	NEW_NONCES_AT_ONCE = 9,
	NEW_NONCE_SPACING_MS = 50,

	/* The first poll comes after a few round trips (see first_polls[]), within these limits;
	 * near the server it comes later the more other requests are in flight. The second comes
	 * after the same pause, and each further pause is 8/5 of the one before; at a distant
	 * server no pause is shorter than the round trip. */
	MIN_FIRST_POLL_MS = 10,
	MIN_NEAR_FIRST_POLL_MS = 4,
	FIRST_POLL_PER_REQUEST_MS = 6,
	MAX_FIRST_POLL_MS = 1000,
	MAX_POLL_MS = 3000,
	/* A validation at a distant server is polled every second at first: with growing pauses,
	 * more time would be lost after its end than the round trip takes. */
	FAR_POLL_MS = 1000,
	FAR_POLLS = 5,

	/* A busy server that says "Retry-After: 0" is still given a pause. */
	MIN_BUSY_WAIT_MS = 1000,
	/* A server that has not replied for this long gets no new requests: otherwise each waiting
	 * request would run into its own time limit, one after another. */
	SILENCE_MS = 90 * 1000,

	/* Several nonces may have expired in a row; a server that rejects ten is broken. */
	MAX_NONCE_TRIES = 10,
	FREE_NONCE_TRIES = 2,
	FIRST_NONCE_PAUSE_MS = 250,
	MAX_NONCE_PAUSE_MS = 4000,
};

/* Round trips before the first poll: near the server they approximate its processing time; a
 * distant one does its work while reply and poll are in transit. */
static const struct {
	int64_t near, far;
} first_polls[] = {
	[ACME_POLL_VALIDATION] = {4, 2}, /* the server connects to us and asks */
	[ACME_POLL_ISSUANCE] = {4, 0},
};

/* Short, because a person or a timer's run is waiting; and only two, because a CA that is down for
 * longer than a few seconds is down for the next minute, too. `renew` comes back by itself. */
static const int64_t loss_pauses_ms[] = {1000, 3000};

static const struct {
	const char *name; /* documentation only */
	const char *terms_of_service;
	unsigned quirks;
} servers[] = {
	/* Pebble 2.10 takes the locks of its store and of an authorization in both orders. */
	{"Pebble", "data:text/plain,Do%20what%20thou%20wilt", ACME_QUIRK_ORDERS_DEADLOCK},
};

/* Recognized by its terms of service, because they are in the directory: known before the first
 * order, without a request of its own, and no other server would copy them by accident. */
void acme_pace_recognize(struct acme_pace *pace, const char *terms_of_service)
{
	for (size_t i = 0; i < ARRAY_LEN(servers); i++)
		if (terms_of_service && strcmp(terms_of_service, servers[i].terms_of_service) == 0)
			pace->quirks |= servers[i].quirks;
}

/* Any reply ends a silence, even an error: the server is there. The silence begins with the first
 * loss, not with the last reply, since a run may pause for hours between two requests. */
void acme_pace_observe(struct acme_pace *pace, int64_t sent_ms, bool lost, int64_t now_ms)
{
	if (!lost) {
		pace->silent_since_ms = 0;
		pace->timed++;
		if (now_ms - sent_ms < pace->quickest_ms)
			pace->quickest_ms = now_ms - sent_ms;
	} else if (!pace->silent_since_ms) {
		pace->silent_since_ms = now_ms;
	}
}

void acme_pace_take_way(struct acme_pace *pace, int64_t round_trip_us)
{
	int64_t way_ms = round_trip_us / 1000;

	if (pace->way_ms < 0 || way_ms < pace->way_ms)
		pace->way_ms = way_ms;
}

bool acme_pace_knows_distance(const struct acme_pace *pace)
{
	return pace->way_ms >= 0 || pace->timed >= TELLING_REPLIES;
}

static int64_t quickest_ms(const struct acme_pace *pace)
{
	return pace->way_ms >= 0 ? pace->way_ms : pace->quickest_ms;
}

/* Until the distance is known a CA counts as near. That is the cautious choice: right for a server
 * in the next room, and slower only for a round trip at a distant one. */
static bool is_far(const struct acme_pace *pace)
{
	return acme_pace_knows_distance(pace) && quickest_ms(pace) > NEAR_MS;
}

/* Less than the limit counts as none, so callers need not know the limit. */
int64_t acme_pace_silence_ms(const struct acme_pace *pace, int64_t now_ms)
{
	int64_t silence = pace->silent_since_ms ? now_ms - pace->silent_since_ms : 0;

	return silence > SILENCE_MS ? silence : 0;
}

int64_t acme_pace_busy_until_ms(int64_t retry_at_ms, int64_t now_ms)
{
	int64_t least = now_ms + MIN_BUSY_WAIT_MS;

	return retry_at_ms < least ? least : retry_at_ms;
}

/* Only at a near server can two newOrders overlap. At a distant one the spacing keeps them apart,
 * and waiting for each reply would cost a round trip. */
static int64_t order_spacing_ms(const struct acme_pace *pace)
{
	if (is_far(pace))
		return FAR_ORDER_SPACING_MS;
	return pace->quirks & ACME_QUIRK_ORDERS_DEADLOCK ? DEADLOCK_SPACING_MS : ORDER_SPACING_MS;
}

/* The same machine may ask again (its newOrder was refused or lost) without waiting for its own
 * spacing. */
bool acme_pace_may_order(struct acme_pace *pace, const void *orderer, int64_t now_ms,
			 int64_t *ret_at_ms)
{
	int64_t spacing = order_spacing_ms(pace);

	if (pace->orderer && pace->orderer != orderer && now_ms < pace->order_since_ms + spacing) {
		*ret_at_ms = pace->order_since_ms + spacing;
		return false;
	}
	pace->orderer = orderer;
	pace->order_since_ms = now_ms;
	return true;
}

void acme_pace_end_order(struct acme_pace *pace, const void *orderer)
{
	if (pace->orderer == orderer)
		pace->orderer = NULL;
}

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
	return value < least ? least : value > most ? most : value;
}

size_t acme_pace_nonces_wanted(const struct acme_pace *pace)
{
	/* A time that is not known yet is endless: the product below must not overflow. */
	int64_t way_ms = clamp(quickest_ms(pace), 0, 1000 * 1000);

	if (!is_far(pace))
		return NONCES;
	return (size_t)clamp(way_ms * FAR_REQUESTS_PER_S / 1000, NONCES, MAX_NONCES_IN_FLIGHT);
}

/* A token bucket, kept as the time at which all nonces fetched so far have been "paid for". It
 * needs no timer and no list of times. */
bool acme_pace_may_fetch_nonce(const struct acme_pace *pace, int64_t now_ms)
{
	return pace->circulating < acme_pace_nonces_wanted(pace) &&
	       pace->new_nonces_paid_ms <= now_ms + (NEW_NONCES_AT_ONCE - 1) * NEW_NONCE_SPACING_MS;
}

void acme_pace_note_new_nonce(struct acme_pace *pace, int64_t now_ms)
{
	if (pace->new_nonces_paid_ms < now_ms)
		pace->new_nonces_paid_ms = now_ms;
	pace->new_nonces_paid_ms += NEW_NONCE_SPACING_MS;
}

/* A near CA is loaded mostly by us: the more requests we have in flight, the longer each takes. */
int64_t acme_pace_first_poll_ms(const struct acme_pace *pace, enum acme_poll what,
				int64_t round_trip_ms)
{
	int64_t least = MIN_FIRST_POLL_MS, round_trips = first_polls[what].far;

	if (!is_far(pace)) {
		int64_t others = (int64_t)pace->circulating - 1;

		least = MIN_NEAR_FIRST_POLL_MS +
			(others > 0 ? FIRST_POLL_PER_REQUEST_MS * others : 0);
		round_trips = first_polls[what].near;
	}
	return clamp(round_trip_ms * round_trips, least, MAX_FIRST_POLL_MS);
}

/* At a distant CA a poll that comes slightly too early costs a whole round trip, and a late one
 * wastes time. So the second between polls is counted from when the last one was due: each may have
 * to wait for a nonce, and the fifth would otherwise be late by the sum of these waits. */
int64_t acme_pace_next_poll_ms(const struct acme_pace *pace, enum acme_poll what, unsigned polls,
			       int64_t pause_ms, int64_t due_ago_ms)
{
	int64_t way = is_far(pace) ? quickest_ms(pace) : 0;

	if (way && what == ACME_POLL_VALIDATION && polls <= FAR_POLLS)
		return clamp(FAR_POLL_MS - due_ago_ms, FAR_POLL_MS / 2, FAR_POLL_MS);
	if (polls <= (way ? 0 : 1))
		return pause_ms;
	return clamp(pause_ms * 8 / 5, way, MAX_POLL_MS);
}

int64_t acme_pace_loss_pause_ms(unsigned losses)
{
	return losses <= ARRAY_LEN(loss_pauses_ms) ? loss_pauses_ms[losses - 1] : -1;
}

int64_t acme_pace_nonce_pause_ms(unsigned rejections)
{
	if (rejections >= MAX_NONCE_TRIES)
		return -1;
	if (rejections < FREE_NONCE_TRIES)
		return 0;
	return clamp((int64_t)FIRST_NONCE_PAUSE_MS << (rejections - FREE_NONCE_TRIES), 0,
		     MAX_NONCE_PAUSE_MS);
}
