/* Random numbers: range and spread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "os/random.h"

static void test_bytes_differ_from_call_to_call(void **state)
{
	unsigned char first[600] = {0}, second[600] = {0};

	random_bytes(first, sizeof(first));
	random_bytes(second, sizeof(second));
	assert_memory_not_equal(first, second, 256);
	assert_memory_not_equal(first + 512, second + 512, 88);
	random_bytes(first, 0);
}

static void test_numbers_stay_below_the_bound_and_reach_all(void **state)
{
	int seen[7] = {0};

	for (int i = 0; i < 7000; i++)
		seen[random_below(7)]++;
	for (int i = 0; i < 7; i++)
		assert_in_range(seen[i], 700, 1400);
	for (int i = 0; i < 100; i++)
		assert_int_equal(random_below(1), 0);
	for (int i = 0; i < 1000; i++)
		assert_true(random_below(UINT64_MAX / 2 + 2) < UINT64_MAX / 2 + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_differ_from_call_to_call),
		cmocka_unit_test(test_numbers_stay_below_the_bound_and_reach_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
