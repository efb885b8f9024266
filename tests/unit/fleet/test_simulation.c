/*
 * Fleets through faults, seed by seed (sim.h): no promise is broken, and of each planted fault some
 * seed finds that it breaks one.
 *
 *	test_fleet_simulation                    1,000 seeds, and the planted faults
 *	test_fleet_simulation FIRST COUNT        these seeds; the first that fails prints its trace
 *	test_fleet_simulation trace SEED [FAULT] the trace of one
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "sim.h"

enum {
	SEEDS = 1000,
	SEEDS_FOR_A_FAULT = 3000,
};

enum planted_fault fleet_planted = PLANT_NOTHING;

/* Runs seeds until one fails, and prints its trace. */
static bool run_seeds(uint64_t first, uint64_t count)
{
	for (uint64_t seed = first; seed < first + count; seed++) {
		AUTO_FREE char *violation = sim_run(seed, false);
		AUTO_FREE char *again = NULL;

		if (!violation)
			continue;
		again = sim_run(seed, true);
		printf("seed %llu: %s\n", (unsigned long long)seed, violation);
		return false;
	}
	return true;
}

static void test_no_seed_breaks_a_promise(void **state)
{
	fleet_planted = PLANT_NOTHING;
	assert_true(run_seeds(1, SEEDS));
}

static void test_each_planted_fault_is_found(void **state)
{
	for (int fault = PLANT_NOTHING + 1; fault < PLANT__COUNT; fault++) {
		uint64_t seed = 1;
		char *violation = NULL;

		fleet_planted = (enum planted_fault)fault;
		while (!violation && seed < SEEDS_FOR_A_FAULT)
			violation = sim_run(seed++, false);
		printf("planted fault %d: seed %llu: %s\n", fault, (unsigned long long)seed - 1,
		       violation ? violation : "not found");
		assert_non_null(violation);
		free(violation);
	}
	fleet_planted = PLANT_NOTHING;
}

/* What makes a failing seed worth printing. */
static void test_a_seed_says_the_same_again(void **state)
{
	fleet_planted = PLANT_RESUME_ORDERS;
	for (uint64_t seed = 1; seed < 50; seed++) {
		AUTO_FREE char *first = sim_run(seed, false);
		AUTO_FREE char *second = sim_run(seed, false);

		assert_true(!first == !second);
		if (first)
			assert_string_equal(first, second);
	}
	fleet_planted = PLANT_NOTHING;
}

static int show_trace(int argc, char **argv)
{
	AUTO_FREE char *violation = NULL;

	if (argc > 3)
		fleet_planted = (enum planted_fault)strtol(argv[3], NULL, 10);
	violation = sim_run(strtoull(argv[2], NULL, 10), true);
	return violation != NULL;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_seed_breaks_a_promise),
		cmocka_unit_test(test_each_planted_fault_is_found),
		cmocka_unit_test(test_a_seed_says_the_same_again),
	};

	if (argc > 2 && strcmp(argv[1], "trace") == 0)
		return show_trace(argc, argv);
	if (argc == 3)
		return !run_seeds(strtoull(argv[1], NULL, 10), strtoull(argv[2], NULL, 10));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
