/* Vector of strings: NULL termination, sets, splitting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/strvec.h"

static void test_items_are_null_terminated(void **state)
{
	AUTO(strvec) struct strvec vec = STRVEC_INIT;

	assert_null(vec.items[0]);
	for (int i = 0; i < 20; i++) {
		strvec_pushf(&vec, "%d", i);
		assert_null(vec.items[vec.count]);
	}
	assert_string_equal(vec.items[19], "19");
}

static void test_split_trims_and_drops_empty(void **state)
{
	AUTO(strvec) struct strvec vec = STRVEC_INIT;
	AUTO_FREE char *joined = NULL;

	strvec_split(&vec, " a.test, ,b.test ,, c.test,", ",");
	joined = strvec_join(&vec, "|");
	assert_string_equal(joined, "a.test|b.test|c.test");
}

static void test_set_relations(void **state)
{
	AUTO(strvec) struct strvec a = STRVEC_INIT;
	AUTO(strvec) struct strvec b = STRVEC_INIT;

	strvec_split(&a, "x y", " ");
	strvec_split(&b, "y x x", " ");
	assert_true(strvec_same_set(&a, &b));
	strvec_push(&b, "z");
	assert_false(strvec_same_set(&a, &b));
	assert_true(strvec_is_subset(&a, &b));
	assert_false(strvec_is_subset(&b, &a));
	assert_false(strvec_push_unique(&b, "z"));
}

static void test_remove_keeps_order(void **state)
{
	AUTO(strvec) struct strvec vec = STRVEC_INIT;
	AUTO_FREE char *joined = NULL;

	strvec_split(&vec, "c b a", " ");
	strvec_remove(&vec, 1);
	joined = strvec_join(&vec, " ");
	assert_string_equal(joined, "c a");
	assert_null(vec.items[2]);
	strvec_sort(&vec);
	assert_string_equal(vec.items[0], "a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_items_are_null_terminated),
		cmocka_unit_test(test_split_trims_and_drops_empty),
		cmocka_unit_test(test_set_relations),
		cmocka_unit_test(test_remove_keeps_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
