/*
 * The pace: its rules one by one, and what they amount to for many orders at once, in a simulation
 * of a CA that is near or far, quick or slow, or Pebble.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "acme/pace.h"
#include "base/macros.h"

#define PEBBLE "data:text/plain,Do%20what%20thou%20wilt"

static struct acme_pace known(const char *terms, unsigned replies, int64_t quickest_ms)
{
	struct acme_pace pace = ACME_PACE_INIT;

	acme_pace_recognize(&pace, terms);
	pace.timed = replies;
	pace.quickest_ms = quickest_ms;
	return pace;
}

static void assert_turn(struct acme_pace pace, int64_t patience_ms)
{
	int first = 0, second = 0;
	int64_t at = 0;

	assert_true(acme_pace_may_order(&pace, &first, 1000, &at));
	assert_true(acme_pace_may_order(&pace, &first, 1000, &at));
	assert_false(acme_pace_may_order(&pace, &second, 1000, &at));
	assert_int_equal(at, 1000 + patience_ms);
	assert_true(acme_pace_may_order(&pace, &second, at, &at));
	acme_pace_end_order(&pace, &first); /* it is not its turn any more */
	assert_ptr_equal(pace.orderer, &second);
	acme_pace_end_order(&pace, &second);
	assert_null(pace.orderer);
}

static void test_orders_follow_each_other_by_reply_or_after_50_ms(void **state)
{
	assert_turn(known(NULL, 0, INT64_MAX), 50);
	assert_turn(known(NULL, 100, 2), 50);
	assert_turn(known("https://ca.test/terms", 100, 30), 50);
	assert_turn(known("https://ca.test/terms", 19, 200), 50);
	assert_turn(known("https://ca.test/terms", 20, 31), 10); /* far */
}

static void test_only_pebble_nearby_has_the_deadlock_quirk(void **state)
{
	assert_turn(known(PEBBLE, 100, 30), 10 * 1000);
	assert_turn(known(PEBBLE, 19, 200), 10 * 1000); /* the first replies make no CA far */
	assert_turn(known(PEBBLE, 20, 31), 10);
}

static void test_a_measured_way_tells_the_distance_at_once(void **state)
{
	struct acme_pace far = known(PEBBLE, 0, INT64_MAX), near = known(PEBBLE, 100, 400);

	assert_false(acme_pace_knows_distance(&far));
	acme_pace_take_way(&far, 150 * 1000);
	assert_true(acme_pace_knows_distance(&far));
	assert_turn(far, 10);
	acme_pace_take_way(&near, 200); /* a busy server next door */
	assert_turn(near, 10 * 1000);
	acme_pace_take_way(&near, 90 * 1000); /* over a connection that had to wait */
	assert_turn(near, 10 * 1000);
}

static void test_first_poll_follows_the_round_trip(void **state)
{
	struct acme_pace pace = ACME_PACE_INIT;

	assert_int_equal(acme_pace_first_poll_ms(&pace, ACME_POLL_VALIDATION, 0), 4);
	assert_int_equal(acme_pace_first_poll_ms(&pace, ACME_POLL_VALIDATION, 50), 200);
	assert_int_equal(acme_pace_first_poll_ms(&pace, ACME_POLL_ISSUANCE, 50), 200);
	assert_int_equal(acme_pace_first_poll_ms(&pace, ACME_POLL_VALIDATION, 9000), 1000);
	pace.circulating = 1; /* our own */
	assert_int_equal(acme_pace_first_poll_ms(&pace, ACME_POLL_VALIDATION, 0), 4);
	pace.circulating = 50;
	assert_int_equal(acme_pace_first_poll_ms(&pace, ACME_POLL_VALIDATION, 50), 298);
}

static void test_first_poll_of_a_far_server_counts_on_the_way(void **state)
{
	struct acme_pace far = known(NULL, 20, 150);

	far.circulating = 30; /* they are on their way, too */
	assert_int_equal(acme_pace_first_poll_ms(&far, ACME_POLL_VALIDATION, 150), 300);
	assert_int_equal(acme_pace_first_poll_ms(&far, ACME_POLL_ISSUANCE, 150), 10);
}

static void test_polls_come_less_and_less_often(void **state)
{
	struct acme_pace pace = ACME_PACE_INIT;

	assert_int_equal(acme_pace_next_poll_ms(&pace, ACME_POLL_VALIDATION, 1, 100, 0), 100);
	assert_int_equal(acme_pace_next_poll_ms(&pace, ACME_POLL_VALIDATION, 2, 100, 0), 160);
	assert_int_equal(acme_pace_next_poll_ms(&pace, ACME_POLL_ISSUANCE, 9, 2900, 0), 3000);
}

static void test_a_far_validation_is_polled_every_second_at_first(void **state)
{
	struct acme_pace far = known(NULL, 20, 150);

	/* With the way there and back, one second from poll to poll. */
	assert_int_equal(acme_pace_next_poll_ms(&far, ACME_POLL_VALIDATION, 1, 300, 150), 850);
	assert_int_equal(acme_pace_next_poll_ms(&far, ACME_POLL_VALIDATION, 5, 850, 150), 850);
	/* One that had to wait for a nonce does not put off the next. */
	assert_int_equal(acme_pace_next_poll_ms(&far, ACME_POLL_VALIDATION, 2, 850, 330), 670);
	assert_int_equal(acme_pace_next_poll_ms(&far, ACME_POLL_VALIDATION, 2, 850, 5000), 500);
	assert_int_equal(acme_pace_next_poll_ms(&far, ACME_POLL_VALIDATION, 6, 850, 150), 1360);
	assert_int_equal(acme_pace_next_poll_ms(&far, ACME_POLL_ISSUANCE, 0, 10, 0), 10);
	assert_int_equal(acme_pace_next_poll_ms(&far, ACME_POLL_ISSUANCE, 1, 10, 0), 150);
	assert_int_equal(acme_pace_next_poll_ms(&far, ACME_POLL_ISSUANCE, 2, 150, 0), 240);
	far.quickest_ms = 2000; /* by satellite and congested */
	assert_int_equal(acme_pace_next_poll_ms(&far, ACME_POLL_VALIDATION, 1, 300, 2000), 500);
}

static void test_the_farther_a_server_the_more_requests_are_on_the_way(void **state)
{
	struct acme_pace pace = known(NULL, 20, 5);

	assert_int_equal(acme_pace_nonces_wanted(&pace), 16);
	pace.quickest_ms = 60;
	assert_int_equal(acme_pace_nonces_wanted(&pace), 16);
	pace.quickest_ms = 150;
	assert_int_equal(acme_pace_nonces_wanted(&pace), 34);
	pace.quickest_ms = 900;
	assert_int_equal(acme_pace_nonces_wanted(&pace), 48);
}

/* How many newNonces go out from `from_ms` to `to_ms` when as many as possible do. */
static unsigned take_nonces(struct acme_pace *pace, int64_t from_ms, int64_t to_ms)
{
	unsigned count = 0;

	for (int64_t now_ms = from_ms; now_ms < to_ms; now_ms++) {
		while (acme_pace_may_fetch_nonce(pace, now_ms)) {
			acme_pace_note_new_nonce(pace, now_ms);
			count++;
		}
	}
	return count;
}

static void test_new_nonce_is_asked_for_nine_at_once_and_twenty_a_second(void **state)
{
	struct acme_pace pace = ACME_PACE_INIT;

	assert_int_equal(take_nonces(&pace, 5000, 5001), 9);
	assert_int_equal(take_nonces(&pace, 5001, 6001), 20);
	assert_int_equal(take_nonces(&pace, 9000, 9001), 9); /* rested */
	pace.circulating = 16;
	assert_false(acme_pace_may_fetch_nonce(&pace, 20 * 1000));
}

static void test_a_lost_request_is_sent_three_times(void **state)
{
	assert_int_equal(acme_pace_loss_pause_ms(1), 1000);
	assert_int_equal(acme_pace_loss_pause_ms(2), 3000);
	assert_true(acme_pace_loss_pause_ms(3) < 0);
}

static void test_a_rejected_nonce_is_replaced_nine_times_with_pauses(void **state)
{
	static const int64_t wanted[] = {0, 250, 500, 1000, 2000, 4000, 4000, 4000, 4000};

	for (unsigned i = 0; i < ARRAY_LEN(wanted); i++)
		assert_int_equal(acme_pace_nonce_pause_ms(i + 1), wanted[i]);
	assert_true(acme_pace_nonce_pause_ms(ARRAY_LEN(wanted) + 1) < 0);
}

static void test_silence_counts_from_the_first_loss(void **state)
{
	struct acme_pace pace = ACME_PACE_INIT;

	acme_pace_observe(&pace, 0, true, 1000);
	acme_pace_observe(&pace, 0, true, 50 * 1000);
	assert_int_equal(acme_pace_silence_ms(&pace, 91 * 1000), 0);
	assert_int_equal(acme_pace_silence_ms(&pace, 92 * 1000), 91 * 1000);
	acme_pace_observe(&pace, 92 * 1000, false, 93 * 1000);
	assert_int_equal(acme_pace_silence_ms(&pace, 200 * 1000), 0);
	assert_int_equal(pace.quickest_ms, 1000);
}

static void test_a_busy_server_is_left_alone_for_a_second_at_least(void **state)
{
	assert_int_equal(acme_pace_busy_until_ms(10, 5000), 6000);
	assert_int_equal(acme_pace_busy_until_ms(90000, 5000), 90000);
}

/* ---- The simulation ---- */

enum { ORDERS = 100, ROUND_TRIPS_BEFORE_POLLS = 2 };

struct sim_ca {
	int64_t round_trip_ms, new_order_ms, validation_ms;
	const char *terms;
};

struct sim_order {
	int64_t next_ms; /* when it acts again */
	int64_t ordered_ms, ready_ms, pause_ms;
	int step; /* 0: newOrder is not sent; then round trips; then polls */
	unsigned polls;
	bool done;
};

struct sim {
	struct sim_ca ca;
	struct acme_pace pace;
	struct sim_order orders[ORDERS];
	int64_t end_ms;
};

static void sim_new_order(struct sim *sim, struct sim_order *order, int64_t now_ms)
{
	int64_t at;

	if (!acme_pace_may_order(&sim->pace, order, now_ms, &at)) {
		order->next_ms = now_ms + 1; /* parked: it is stepped with every reply */
		return;
	}
	sim->pace.circulating++;
	order->ordered_ms = now_ms;
	order->next_ms = now_ms + sim->ca.round_trip_ms + sim->ca.new_order_ms;
	order->step = 1;
}

static void sim_replied(struct sim *sim, struct sim_order *order, int64_t now_ms)
{
	acme_pace_observe(&sim->pace, now_ms - sim->ca.round_trip_ms, false, now_ms);
	if (order->step == 1)
		acme_pace_end_order(&sim->pace, order);
	if (order->step++ <= ROUND_TRIPS_BEFORE_POLLS) {
		order->next_ms = now_ms + sim->ca.round_trip_ms;
		return;
	}
	sim->pace.circulating--;
	order->ready_ms = now_ms + sim->ca.validation_ms;
	order->pause_ms = acme_pace_first_poll_ms(&sim->pace, ACME_POLL_VALIDATION,
						  sim->ca.round_trip_ms);
	order->next_ms = now_ms + order->pause_ms;
}

static void sim_poll(struct sim *sim, struct sim_order *order, int64_t now_ms)
{
	order->polls++;
	if (now_ms >= order->ready_ms) {
		order->done = true;
		sim->end_ms = now_ms + sim->ca.round_trip_ms;
		return;
	}
	order->pause_ms = acme_pace_next_poll_ms(&sim->pace, ACME_POLL_VALIDATION, order->polls,
						 order->pause_ms,
						 now_ms + sim->ca.round_trip_ms - order->next_ms);
	order->next_ms = now_ms + sim->ca.round_trip_ms + order->pause_ms;
}

static bool sim_tick(struct sim *sim, int64_t now_ms)
{
	bool busy = false;

	for (size_t i = 0; i < ORDERS; i++) {
		struct sim_order *order = &sim->orders[i];

		busy = busy || !order->done;
		if (order->done || order->next_ms > now_ms)
			continue;
		if (order->step == 0)
			sim_new_order(sim, order, now_ms);
		else if (order->step <= ROUND_TRIPS_BEFORE_POLLS + 1)
			sim_replied(sim, order, now_ms);
		else
			sim_poll(sim, order, now_ms);
	}
	return busy;
}

static void simulate(struct sim *sim, struct sim_ca ca)
{
	*sim = (struct sim){.ca = ca, .pace = ACME_PACE_INIT};
	acme_pace_recognize(&sim->pace, ca.terms);
	for (int64_t now_ms = 0; sim_tick(sim, now_ms); now_ms++)
		assert_true(now_ms < 600 * 1000);
}

static unsigned most_polls(const struct sim *sim)
{
	unsigned most = 0;

	for (size_t i = 0; i < ORDERS; i++)
		if (sim->orders[i].polls > most)
			most = sim->orders[i].polls;
	return most;
}

/* The most newOrders that were sent within any second. */
static size_t most_in_a_second(const struct sim *sim)
{
	size_t most = 0;

	for (size_t from = 0; from < ORDERS; from++) {
		int64_t start = sim->orders[from].ordered_ms;
		size_t count = 0;

		for (size_t i = 0; i < ORDERS; i++)
			count += sim->orders[i].ordered_ms >= start &&
				 sim->orders[i].ordered_ms < start + 1000;
		if (count > most)
			most = count;
	}
	return most;
}

/* How many newOrders the server worked on at the same time. */
static size_t most_served_at_once(const struct sim *sim)
{
	size_t most = 0;

	for (size_t at = 0; at < ORDERS; at++) {
		size_t count = 0;

		for (size_t i = 0; i < ORDERS; i++) {
			int64_t lead = sim->orders[at].ordered_ms - sim->orders[i].ordered_ms;

			count += lead >= 0 && lead < sim->ca.new_order_ms;
		}
		if (count > most)
			most = count;
	}
	return most;
}

static void test_pebble_nearby_never_serves_two_new_orders_at_once(void **state)
{
	struct sim sim;

	simulate(&sim, (struct sim_ca){2, 3, 20, PEBBLE});
	assert_int_equal(most_served_at_once(&sim), 1);
	assert_true(sim.end_ms < 1500);
	/* Also when it is slow, its processor being ours. */
	simulate(&sim, (struct sim_ca){2, 200, 500, PEBBLE});
	assert_int_equal(most_served_at_once(&sim), 1);
}

static void test_a_far_ca_gets_a_hundred_new_orders_a_second_and_few_polls(void **state)
{
	struct sim sim;

	simulate(&sim, (struct sim_ca){150, 20, 300, "https://ca.test/terms"});
	assert_true(most_in_a_second(&sim) <= 100);
	assert_true(most_polls(&sim) <= 2);
	assert_true(sim.end_ms < 5000);
}

static void test_a_far_pebble_costs_no_round_trip_for_each_order(void **state)
{
	struct sim sim;

	simulate(&sim, (struct sim_ca){150, 3, 300, PEBBLE});
	assert_int_equal(most_served_at_once(&sim), 1);
	assert_true(sim.end_ms < 10 * 1000);
}

static void test_a_slow_ca_is_not_hammered(void **state)
{
	struct sim sim;

	simulate(&sim, (struct sim_ca){20, 50, 30 * 1000, NULL});
	assert_true(most_polls(&sim) <= 18);
	assert_true(sim.end_ms < 45 * 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders_follow_each_other_by_reply_or_after_50_ms),
		cmocka_unit_test(test_only_pebble_nearby_has_the_deadlock_quirk),
		cmocka_unit_test(test_first_poll_follows_the_round_trip),
		cmocka_unit_test(test_first_poll_of_a_far_server_counts_on_the_way),
		cmocka_unit_test(test_a_far_validation_is_polled_every_second_at_first),
		cmocka_unit_test(test_the_farther_a_server_the_more_requests_are_on_the_way),
		cmocka_unit_test(test_new_nonce_is_asked_for_nine_at_once_and_twenty_a_second),
		cmocka_unit_test(test_polls_come_less_and_less_often),
		cmocka_unit_test(test_a_lost_request_is_sent_three_times),
		cmocka_unit_test(test_a_rejected_nonce_is_replaced_nine_times_with_pauses),
		cmocka_unit_test(test_silence_counts_from_the_first_loss),
		cmocka_unit_test(test_a_busy_server_is_left_alone_for_a_second_at_least),
		cmocka_unit_test(test_pebble_nearby_never_serves_two_new_orders_at_once),
		cmocka_unit_test(test_a_measured_way_tells_the_distance_at_once),
		cmocka_unit_test(test_a_far_ca_gets_a_hundred_new_orders_a_second_and_few_polls),
		cmocka_unit_test(test_a_far_pebble_costs_no_round_trip_for_each_order),
		cmocka_unit_test(test_a_slow_ca_is_not_hammered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
