/*
 * The numbers behind the pace and the reasons for them (see pace.h and docs/acme-pace.md). They are
 * defined here and nowhere else; tests/unit/acme/test_pace.c simulates their effect.
 */
#include "acme/pace.h"

#include <string.h>

#include "base/macros.h"

enum {
	/* From one newOrder to the next when the first has no reply yet: 20 a second, and 100 where
	 * a reply takes long for the way alone (Let's Encrypt serves 300 to an address). */
	ORDER_SPACING_MS = 50,
	FAR_ORDER_SPACING_MS = 10,
	/* Where two must not meet, the first is waited for; one that was lost only so long. */
	DEADLOCK_SPACING_MS = 10 * 1000,
	/* A reply that quick comes from the same machine or the same room. Where the way is not
	 * known by itself, the first replies tell more about new connections. */
	NEAR_MS = 30,
	TELLING_REPLIES = 20,

	/* Requests in flight, each with its nonce. A far server gets as many as make so many
	 * requests a second (Let's Encrypt serves 250 to an address). */
	NONCES = 16,
	MAX_NONCES_IN_FLIGHT = 48,
	FAR_REQUESTS_PER_S = 200,
	/* newNonce has the lowest limit: at Let's Encrypt 20 a second, and 10 at once. */
	NEW_NONCES_AT_ONCE = 9,
	NEW_NONCE_SPACING_MS = 50,

	/* The first poll comes after a few round trips (see first_polls[]), within these limits;
	 * near the server, the more requests are in flight, the later. The second comes after the
	 * same pause, and each pause then is by 8/5 longer than the one before; a far server has at
	 * least the time of the way. */
	MIN_FIRST_POLL_MS = 10,
	FIRST_POLL_PER_REQUEST_MS = 6,
	MAX_FIRST_POLL_MS = 1000,
	MAX_POLL_MS = 3000,
	/* A validation at a far server is polled from second to second at first: with growing
	 * pauses, what is lost after its end would be longer than the way. */
	FAR_POLL_MS = 1000,
	FAR_POLLS = 5,

	/* A "not before now" of a busy server does not invite us to hammer it. */
	MIN_BUSY_WAIT_MS = 1000,
	/* A server that has not replied for this long gets no new requests: otherwise each waiting
	 * request would run into its own time limit, one after another. */
	SILENCE_MS = 90 * 1000,

	/* A nonce may have expired, and so may the next; a server that rejects ten is broken. */
	MAX_NONCE_TRIES = 10,
	FREE_NONCE_TRIES = 2,
	FIRST_NONCE_PAUSE_MS = 250,
	MAX_NONCE_PAUSE_MS = 4000,
};

/* Round trips before the first poll: near the server, they stand for the time that it needs; a far
 * one is at work while reply and poll are on their way. */
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
	const char *name; /* for the reader */
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

/* Until the distance is known a CA counts as near: the cautious pace, right for the machine in the
 * next room and only slow for one round trip at a distant one. */
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

/* Two newOrders meet at a server that cannot bear it when it is near, or not known to be far. From
 * afar they are spread by the spacing, and waiting for each reply would cost a round trip. */
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
	/* A longer way wants no more. */
	int64_t way_ms = clamp(quickest_ms(pace), 0,
			       MAX_NONCES_IN_FLIGHT * 1000 / FAR_REQUESTS_PER_S);

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

/* Near a CA, its load is mostly our own: the more we have under way, the longer the CA takes for
 * each. */
int64_t acme_pace_first_poll_ms(const struct acme_pace *pace, enum acme_poll what,
				int64_t round_trip_ms)
{
	int64_t least = MIN_FIRST_POLL_MS, round_trips = first_polls[what].far;

	if (!is_far(pace)) {
		least += FIRST_POLL_PER_REQUEST_MS * (int64_t)pace->circulating;
		round_trips = first_polls[what].near;
	}
	return clamp(round_trip_ms * round_trips, least, MAX_FIRST_POLL_MS);
}

/* At a distant CA a poll that comes a little too early costs a whole round trip more, and so does
 * one that comes late. The seconds there are counted from poll to poll as they were due: where each
 * waits a while for a nonce, the fifth would otherwise be late by the sum of all waits. */
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
