/*
 * What is deleted from the store of a fleet as nobody needs it, and what stays.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "app/fleet/member/shared.h"
#include "app/fleet/prune.h"
#include "app/fleet/fleet_store.h"
#include "app/run_fixture.h"
#include "base/alloc.h"

enum { LONG_AGO_S = 401 * 24 * 3600 };

/* Writes a record as a member does. */
static void put(struct member *member, enum fleet_kind kind, const char *name, uint64_t generation,
		int64_t when)
{
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
	struct fleet_place place = member_place(member, kind, name);
	AUTO(error) struct error err = ERROR_INIT;

	record.kind = kind;
	record.generation = generation;
	record.not_before = when;
	place.generation = kind == FLEET_GENERATION ? generation : 0;
	if (member_write(member, &place, &record, NULL, &err) < 0)
		BUG("%s", err.text);
}

static bool has(const struct fleet_store *store, const char *key)
{
	return store_find(store, key) < store->count;
}

static void test_what_is_needed_stays(void **state)
{
	struct run run;
	struct fleet_store store;
	struct member *member;
	AUTO(error) struct error err = ERROR_INIT;
	int64_t now;

	start_run(&run, "renew");
	store_begin(&store);
	member = store_join(&store, &run.app.network, run.settings, "a");
	now = member_now(member).unix_s;
	put(member, FLEET_HEAD, "x.example", 5, 0);
	for (uint64_t generation = 3; generation <= 6; generation++)
		put(member, FLEET_GENERATION, "x.example", generation, 0);
	put(member, FLEET_GENERATION, "headless.example", 1, 0);
	put(member, FLEET_ORDER, "x.example", 5, 0);
	put(member, FLEET_HEAD, "y.example", 5, 0);
	put(member, FLEET_ORDER, "y.example", 6, 0);
	put(member, FLEET_NODE, "a", 1, now - LONG_AGO_S);
	put(member, FLEET_NODE, "b", 1, now - LONG_AGO_S);
	put(member, FLEET_NODE, "c", 1, now);
	assert_int_equal(prune_store(member, run.app.ui, true, &err), 0);
	assert_true(has(&store, "gen/x.example/3"));
	assert_int_equal(prune_store(member, run.app.ui, false, &err), 0);
	assert_false(has(&store, "gen/x.example/3"));
	assert_true(has(&store, "gen/x.example/4"));
	assert_true(has(&store, "gen/x.example/5"));
	assert_true(has(&store, "gen/x.example/6"));
	assert_true(has(&store, "gen/headless.example/1"));
	assert_false(has(&store, "order/x.example"));
	assert_true(has(&store, "order/y.example"));
	assert_true(has(&store, "node/a"));
	assert_false(has(&store, "node/b"));
	assert_true(has(&store, "node/c"));
	member_free(member);
	store_end(&store);
	end_run(&run);
}

/* Between two lists of prune another machine may have adopted the lineage again: what prune has
 * read of the release and of the old head says nothing about the generation that it finds then. */
static void test_an_adopted_generation_stays(void **state)
{
	struct run run;
	struct fleet_store store;
	struct member *member;
	AUTO(error) struct error err = ERROR_INIT;

	start_run(&run, "renew");
	store_begin(&store);
	member = store_join(&store, &run.app.network, run.settings, "a");
	put(member, FLEET_HEAD, "x.example", 5, 0);
	assert_int_equal(shared_publish_release(member, "x.example", 6, &err), 0);
	for (uint64_t generation = 5; generation <= 7; generation++)
		put(member, FLEET_GENERATION, "x.example", generation, 0);
	assert_int_equal(prune_store(member, run.app.ui, false, &err), 0);
	assert_false(has(&store, "gen/x.example/5"));
	assert_false(has(&store, "gen/x.example/6"));
	assert_true(has(&store, "gen/x.example/7"));
	member_free(member);
	store_end(&store);
	end_run(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_what_is_needed_stays),
		scratch_test(test_an_adopted_generation_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
