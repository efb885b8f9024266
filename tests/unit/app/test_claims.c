/* Whose directories are whose in a run of `renew`: one owner each, however many there are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/renewal/claims.h"

/* More than a growth or two of the table. */
#define MANY 5000

static void the_first_keeps_what_it_has(void **state)
{
	const struct store_id own[] = {{1, 10}, {1, 11}}, other_archive[] = {{1, 12}, {1, 11}};
	const struct store_id later[] = {{1, 12}, {1, 13}};
	struct claims claims = CLAIMS_INIT;

	assert_string_equal(claims_take(&claims, own, 2, "a"), "a");
	assert_string_equal(claims_take(&claims, own, 2, "a"), "a");
	assert_string_equal(claims_take(&claims, other_archive, 2, "copy"), "a");
	/* One that is refused has claimed nothing. */
	assert_string_equal(claims_take(&claims, later, 2, "b"), "b");
	claims_release(&claims);
}

static void an_inode_is_that_of_its_device(void **state)
{
	const struct store_id here = {1, 10}, there = {2, 10};
	struct claims claims = CLAIMS_INIT;

	assert_string_equal(claims_take(&claims, &here, 1, "a"), "a");
	assert_string_equal(claims_take(&claims, &there, 1, "b"), "b");
	assert_string_equal(claims_take(&claims, &here, 1, "c"), "a");
	claims_release(&claims);
}

static void a_lineage_without_directories_is_its_own(void **state)
{
	struct claims claims = CLAIMS_INIT;

	assert_string_equal(claims_take(&claims, NULL, 0, "a"), "a");
	assert_string_equal(claims_take(&claims, NULL, 0, "b"), "b");
	claims_release(&claims);
}

static void many_are_told_apart(void **state)
{
	static char names[MANY][8];
	struct claims claims = CLAIMS_INIT;

	for (size_t i = 0; i < MANY; i++) {
		const struct store_id ids[] = {{1, 2 * i}, {1, 2 * i + 1}};

		assert_ptr_equal(claims_take(&claims, ids, 2, names[i]), names[i]);
	}
	for (size_t i = 0; i < MANY; i++) {
		const struct store_id live = {1, 2 * i + 1};

		assert_ptr_equal(claims_take(&claims, &live, 1, "copy"), names[i]);
	}
	assert_int_equal(claims.count, 2 * MANY);
	claims_release(&claims);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_keeps_what_it_has),
		cmocka_unit_test(an_inode_is_that_of_its_device),
		cmocka_unit_test(a_lineage_without_directories_is_its_own),
		cmocka_unit_test(many_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
