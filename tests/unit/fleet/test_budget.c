/* The count of a fleet's orders: what is reserved, remembered, kept and given back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/macros.h"
#include "fleet/budget.h"
#include "fleet/session.h"

#define CA "https://ca.example.test/dir"
#define START 1700000000
#define HOUR 3600

static const struct fleet_record two_an_hour = {.kind = FLEET_LIMIT, .orders = 2, .window_s = HOUR};

/* Reserves as the machine does whose write is made. */
static bool reserve(struct fleet_share *share, int64_t at)
{
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
	AUTO(strbuf) struct strbuf value = STRBUF_INIT;

	if (!fleet_budget_reserve(share, &two_an_hour, at, &record))
		return false;
	strbuf_adds(&value, "sealed");
	fleet_budget_learn(share, &record, &value);
	return true;
}

static void learn(struct fleet_share *share, int64_t begun, uint64_t orders, uint64_t returned)
{
	const struct fleet_record record = {
		.kind = FLEET_BUDGET, .not_before = begun, .orders = orders, .returned = returned};
	AUTO(strbuf) struct strbuf value = STRBUF_INIT;

	strbuf_adds(&value, "of another");
	fleet_budget_learn(share, &record, &value);
}

static void test_a_window_has_so_many_orders(void **state)
{
	struct fleet_share *shares = NULL, *share = fleet_budget_share(&shares, CA);

	assert_true(reserve(share, START));
	assert_true(reserve(share, START + HOUR - 1));
	assert_false(reserve(share, START + HOUR - 1));
	/* The next one begins with the next order, not on the hour. */
	assert_true(reserve(share, START + HOUR + 100));
	assert_int_equal(share->begun, START + HOUR + 100);
	assert_int_equal(share->orders, 1);
	/* Another CA has a count of its own. */
	assert_true(fleet_budget_share(&shares, CA "2") != share);
	assert_true(fleet_budget_share(&shares, CA) == share);
	fleet_budget_free(shares);
}

static void test_clocks_may_be_wrong(void **state)
{
	static const struct {
		int64_t after_begin;
		bool is_over;
	} rows[] = {
		{0, false},     {HOUR - 1, false}, {HOUR, true}, {-600, false},
		{-HOUR, false}, {-HOUR - 1, true}, /* nobody's clock is that slow */
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(
			fleet_budget_is_over(START, &two_an_hour, START + rows[i].after_begin),
			rows[i].is_over);
}

/* A store that is set back has an older count: the higher one of the two holds. */
static void test_the_highest_count_is_remembered(void **state)
{
	static const struct {
		int64_t begun;
		uint64_t orders, returned;
		int64_t begun_then;
		uint64_t orders_then, returned_then;
	} rows[] = {
		{START, 4, 1, START, 5, 1},        {START, 5, 0, START, 5, 1},
		{START, 5, 2, START, 5, 2},        {START, 6, 0, START, 6, 0},
		{START - HOUR, 9, 0, START, 5, 1}, {START + HOUR, 1, 0, START + HOUR, 1, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fleet_share *shares = NULL, *share = fleet_budget_share(&shares, CA);

		learn(share, START, 5, 1);
		learn(share, rows[i].begun, rows[i].orders, rows[i].returned);
		assert_int_equal(share->begun, rows[i].begun_then);
		assert_int_equal(share->orders, rows[i].orders_then);
		assert_int_equal(share->returned, rows[i].returned_then);
		assert_string_equal(share->value.text, "of another");
		fleet_budget_free(shares);
	}
}

static void test_what_is_not_used_is_used_by_the_next_or_given_back(void **state)
{
	struct fleet_share *shares = NULL, *share = fleet_budget_share(&shares, CA);
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
	AUTO(strbuf) struct strbuf value = STRBUF_INIT;

	assert_false(fleet_budget_return(share, &record));
	assert_true(reserve(share, START) && reserve(share, START));
	fleet_budget_keep(share, START);
	fleet_budget_keep(share, START - HOUR); /* of a window that is over */
	fleet_budget_keep(share, START);
	assert_true(fleet_budget_take(share, &two_an_hour, START + 1));
	assert_true(fleet_budget_return(share, &record));
	assert_int_equal(record.orders, 2);
	assert_int_equal(record.returned, 1);
	strbuf_adds(&value, "given back");
	fleet_budget_settle(share, &value);
	assert_false(fleet_budget_take(share, &two_an_hour, START + 1));
	assert_true(reserve(share, START + 2));
	assert_false(reserve(share, START + 2));
	/* Kept, but its window ends. */
	fleet_budget_keep(share, START);
	assert_false(fleet_budget_take(share, &two_an_hour, START + HOUR));
	fleet_budget_free(shares);
}

static void test_what_is_shown(void **state)
{
	struct fleet_record budget = {.not_before = START, .orders = 5, .returned = 2},
			    limit = two_an_hour;
	static const struct {
		uint64_t window_s;
		const char *text;
	} rows[] = {{HOUR, "1 hour"},
		    {3 * HOUR, "3 hours"},
		    {24 * HOUR, "1 day"},
		    {25 * HOUR, "25 hours"},
		    {48 * HOUR, "2 days"}};

	assert_int_equal(fleet_budget_used(&budget, &limit, START + 1), 3);
	assert_int_equal(fleet_budget_used(&budget, &limit, START + HOUR), 0);
	budget.returned = 9; /* no member writes that */
	assert_int_equal(fleet_budget_used(&budget, &limit, START + 1), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *text;

		limit.window_s = rows[i].window_s;
		text = fleet_budget_window_text(&limit);
		assert_string_equal(text, rows[i].text);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_window_has_so_many_orders),
		cmocka_unit_test(test_clocks_may_be_wrong),
		cmocka_unit_test(test_the_highest_count_is_remembered),
		cmocka_unit_test(test_what_is_not_used_is_used_by_the_next_or_given_back),
		cmocka_unit_test(test_what_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
