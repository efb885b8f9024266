/* Whole orders against a CA that works: how many requests, many at once, anything lost anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../fixtures/acme/pems.h"
#include "acme/order/order.h"
#include "acme/server_parts.h"
#include "base/alloc.h"
#include "fake_ca.h"
#include "lab.h"

enum { MAX_IN_FLIGHT = 64, MAX_ORDERS = 40 };

struct flight {
	struct acme_reply reply;
	size_t order;
};

struct fleet {
	struct fake_ca ca;
	struct key *key;
	struct acme_server *server;
	struct acme_order *orders[MAX_ORDERS];
	size_t order_count;
	bool ended[MAX_ORDERS];
	struct error errors[MAX_ORDERS];
	int64_t wake_ms[MAX_ORDERS];
	struct flight flights[MAX_IN_FLIGHT];
	size_t flight_count, most_in_flight, presented;
	int64_t now_ms, start_ms;
};

static void fleet_open(struct fleet *fleet)
{
	struct error err = ERROR_INIT;

	*fleet = (struct fleet){.now_ms = 1700000000000, .start_ms = 1700000000000};
	fake_ca_init(&fleet->ca);
	assert_int_equal(key_from_pem(PEM_ACCOUNT_KEY, strlen(PEM_ACCOUNT_KEY), &fleet->key, &err),
			 0);
	assert_int_equal(acme_server_new(FAKE_CA_DIRECTORY, &fleet->server, &err), 0);
	acme_server_set_key(fleet->server, fleet->key);
	acme_server_set_account_url(fleet->server, FAKE_CA_ACCOUNT);
}

static void fleet_close(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->order_count; i++) {
		acme_order_free(fleet->orders[i]);
		error_release(&fleet->errors[i]);
	}
	for (size_t i = 0; i < fleet->flight_count; i++)
		acme_reply_release(&fleet->flights[i].reply);
	assert_int_equal(fleet->server->pace.circulating, 0);
	acme_server_free(fleet->server);
	key_free(fleet->key);
	fake_ca_release(&fleet->ca);
}

static void fleet_add(struct fleet *fleet, size_t names)
{
	static const enum acme_challenge_type preference[] = {ACME_HTTP_01};
	AUTO(acme_identifiers) struct acme_identifiers list = ACME_IDENTIFIERS_INIT;
	struct error err = ERROR_INIT;
	const struct acme_order_request request = {
		.identifiers = &list,
		.csr_der = "csr",
		.csr_der_len = 3,
		.preference = preference,
		.preference_count = 1,
		.issuance_timeout_ms = 90 * 1000,
	};

	for (size_t i = 0; i < names; i++) {
		AUTO_FREE char *name = xasprintf("n%zu.example", i);

		acme_identifiers_add(&list, ACME_IDENTIFIER_DNS, name);
	}
	assert_int_equal(
		acme_order_new(&fleet->orders[fleet->order_count++], fleet->server, &request, &err),
		0);
}

/* Steps one order until it waits; what it sends is served at once and delivered later. */
static void step(struct fleet *fleet, size_t index, const struct acme_reply *reply)
{
	struct acme_action action;
	int result;

	for (; !fleet->ended[index]; reply = NULL) {
		result = acme_order_step(fleet->orders[index], reply, fleet->now_ms, &action,
					 &fleet->errors[index]);
		assert_true((result < 0) == (action.kind == ACME_ACTION_FAILED));
		switch (action.kind) {
		case ACME_ACTION_SEND:
			assert_true(fleet->flight_count < MAX_IN_FLIGHT);
			fleet->flights[fleet->flight_count].order = index;
			fake_ca_serve(&fleet->ca, &action.request,
				      &fleet->flights[fleet->flight_count++].reply);
			if (fleet->flight_count > fleet->most_in_flight)
				fleet->most_in_flight = fleet->flight_count;
			break;
		case ACME_ACTION_PRESENT:
			fleet->presented += action.challenge_count;
			break;
		case ACME_ACTION_WAIT:
			fleet->wake_ms[index] = action.wait_until_ms;
			return;
		case ACME_ACTION_CONFIRM: /* none of these orders has an owner that is asked */
			fail();
			break;
		case ACME_ACTION_DONE:
		case ACME_ACTION_FAILED:
			fleet->ended[index] = true;
			break;
		}
	}
}

/* Delivers the oldest reply, then lets everybody else look. */
static void deliver(struct fleet *fleet)
{
	struct flight flight = fleet->flights[0];

	memmove(fleet->flights, fleet->flights + 1, --fleet->flight_count * sizeof(flight));
	step(fleet, flight.order, &flight.reply);
	acme_reply_release(&flight.reply);
	for (size_t i = 0; i < fleet->order_count; i++)
		step(fleet, i, NULL);
}

static bool sleep_until_next(struct fleet *fleet)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < fleet->order_count; i++)
		if (!fleet->ended[i] && fleet->wake_ms[i] < next)
			next = fleet->wake_ms[i];
	if (next == INT64_MAX)
		return false;
	assert_true(next > fleet->now_ms);
	fleet->now_ms = next;
	for (size_t i = 0; i < fleet->order_count; i++)
		step(fleet, i, NULL);
	return true;
}

static void fleet_run(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->order_count; i++)
		step(fleet, i, NULL);
	while (fleet->flight_count || sleep_until_next(fleet)) {
		assert_true(fleet->ca.requests < 100000);
		if (fleet->flight_count)
			deliver(fleet);
	}
	for (size_t i = 0; i < fleet->order_count; i++)
		assert_true(fleet->ended[i]);
}

static void assert_all_done(const struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->order_count; i++) {
		if (error_is_set(&fleet->errors[i]))
			fail_msg("order %zu: %s", i, fleet->errors[i].text);
		lab_expect_chain(fleet->orders[i], PEM_CHAIN_A);
	}
}

static void test_one_name(void **state)
{
	struct fleet fleet;

	fleet_open(&fleet);
	fleet_add(&fleet, 1);
	fleet_run(&fleet);
	assert_all_done(&fleet);
	assert_true(fleet.ca.requests <= 9);
	assert_int_equal(fleet.most_in_flight, 1);
	fleet_close(&fleet);
}

static void test_hundred_names(void **state)
{
	struct fleet fleet;

	fleet_open(&fleet);
	fleet_add(&fleet, 100);
	fleet_run(&fleet);
	assert_all_done(&fleet);
	assert_true(fleet.ca.requests <= 210);
	assert_true(fleet.most_in_flight >= 3);
	assert_true(fleet.most_in_flight <= ACME_MAX_IN_FLIGHT);
	assert_int_equal(fleet.presented, 100);
	fleet_close(&fleet);
}

static void test_many_orders_over_one_server(void **state)
{
	struct fleet fleet;

	fleet_open(&fleet);
	for (int i = 0; i < MAX_ORDERS; i++)
		fleet_add(&fleet, 2);
	fleet_run(&fleet);
	assert_all_done(&fleet);
	assert_int_equal(fleet.ca.new_orders, MAX_ORDERS);
	assert_true(fleet.ca.new_nonces <= 20);
	assert_true(fleet.most_in_flight >= 10);
	/* Nobody waits for anybody: as long as the slowest, which polls twice. */
	assert_true(fleet.now_ms - fleet.start_ms < 2000);
	fleet_close(&fleet);
}

static void test_rejected_nonces(void **state)
{
	static const unsigned percents[] = {5, 20, 40};

	for (size_t i = 0; i < ARRAY_LEN(percents); i++) {
		struct fleet fleet;

		fleet_open(&fleet);
		fleet.ca.reject_percent = percents[i];
		for (int k = 0; k < 5; k++)
			fleet_add(&fleet, 5);
		fleet_run(&fleet);
		assert_all_done(&fleet);
		assert_int_equal(fleet.ca.new_orders, 5);
		fleet_close(&fleet);
	}
}

static void test_slow_validation_and_issuance(void **state)
{
	struct fleet fleet;

	fleet_open(&fleet);
	fleet.ca.validation_polls = 10;
	fleet.ca.issuance_polls = 10;
	fleet_add(&fleet, 3);
	fleet_run(&fleet);
	assert_all_done(&fleet);
	assert_true(fleet.ca.requests < 40);
	fleet_close(&fleet);
}

static void test_one_in_five_fails(void **state)
{
	struct fleet fleet;
	const struct acme_failures *failures;

	fleet_open(&fleet);
	fleet.ca.fail_every = 5;
	fleet_add(&fleet, 20);
	fleet_run(&fleet);
	assert_int_equal(fleet.errors[0].code, ERR_CHALLENGE);
	failures = acme_order_failures(fleet.orders[0]);
	assert_int_equal(failures->count, 4);
	for (size_t i = 0; i < failures->count; i++) {
		AUTO_FREE char *name = xasprintf("n%zu.example", i * 5);

		assert_string_equal(failures->items[i].identifier.value, name);
		assert_string_equal(failures->items[i].detail, "no such host");
	}
	fleet_close(&fleet);
}

/* Loses each reply in turn, on the way in or on the way back: the order must come through. */
static void test_any_reply_may_be_lost(void **state)
{
	for (unsigned drop_at = 1; drop_at <= 30; drop_at++) {
		for (int before = 0; before < 2; before++) {
			struct fleet fleet;

			fleet_open(&fleet);
			fleet.ca.drop_at = drop_at;
			fleet.ca.drop_before = before;
			fleet.ca.issuance_polls = 2;
			fleet_add(&fleet, 6);
			fleet_run(&fleet);
			assert_all_done(&fleet);
			assert_true(fleet.ca.new_orders <= 2);
			assert_true(fleet.ca.finalizes <= 2);
			assert_true(fleet.now_ms - fleet.start_ms < 10000);
			fleet_close(&fleet);
		}
	}
}

static void test_any_request_may_meet_a_busy_server(void **state)
{
	for (int busy_at = 3; busy_at <= 20; busy_at++) {
		struct fleet fleet;

		fleet_open(&fleet);
		fleet.ca.busy_at = busy_at;
		fleet_add(&fleet, 3);
		fleet_add(&fleet, 1);
		fleet_run(&fleet);
		assert_all_done(&fleet);
		fleet_close(&fleet);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_name),
		cmocka_unit_test(test_hundred_names),
		cmocka_unit_test(test_many_orders_over_one_server),
		cmocka_unit_test(test_rejected_nonces),
		cmocka_unit_test(test_slow_validation_and_issuance),
		cmocka_unit_test(test_one_in_five_fails),
		cmocka_unit_test(test_any_reply_may_be_lost),
		cmocka_unit_test(test_any_request_may_meet_a_busy_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
