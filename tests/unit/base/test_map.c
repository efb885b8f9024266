/* Insertion-ordered map: order, replacement, removal, growth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/map.h"

static void test_keeps_order_and_replaces_in_place(void **state)
{
	AUTO(map) struct map map = MAP_INIT(free);

	map_set(&map, "b", xstrdup("1"));
	map_set(&map, "a", xstrdup("2"));
	map_set(&map, "b", xstrdup("3"));
	assert_int_equal(map.count, 2);
	assert_string_equal(map.entries[0].key, "b");
	assert_string_equal(map_get(&map, "b"), "3");
	assert_null(map_get(&map, "c"));
}

static void test_finds_all_after_growth_and_removal(void **state)
{
	AUTO(map) struct map map = MAP_INIT(free);

	for (int i = 0; i < 1000; i++) {
		AUTO_FREE char *key = xasprintf("key-%d", i);

		map_set(&map, key, xasprintf("%d", i));
	}
	assert_true(map_remove(&map, "key-500"));
	assert_false(map_remove(&map, "key-500"));
	assert_false(map_contains(&map, "key-500"));
	assert_string_equal(map_get(&map, "key-999"), "999");
	assert_string_equal(map_get(&map, "key-501"), "501");
	assert_int_equal(map.count, 999);
}

static void test_adds_only_what_is_not_there(void **state)
{
	AUTO(map) struct map map = MAP_INIT(NULL);
	char first[] = "1", second[] = "2";

	assert_true(map_add(&map, "a", first));
	assert_false(map_add(&map, "a", second));
	assert_ptr_equal(map_get(&map, "a"), first);
	assert_int_equal(map.count, 1);
}

static void test_borrows_keys(void **state)
{
	AUTO(map) struct map map = MAP_OF_BORROWED;
	char key[] = "a", value[] = "1";

	assert_true(map_add(&map, key, value));
	assert_ptr_equal(map.entries[0].key, key);
	assert_ptr_equal(map_get(&map, "a"), value);
	assert_true(map_remove(&map, "a"));
	assert_true(map_add(&map, key, value));
	map_release(&map);
	assert_true(map_add(&map, key, value));
	assert_ptr_equal(map.entries[0].key, key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keeps_order_and_replaces_in_place),
		cmocka_unit_test(test_finds_all_after_growth_and_removal),
		cmocka_unit_test(test_adds_only_what_is_not_there),
		cmocka_unit_test(test_borrows_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
