/* Strings in one block: order, empty ones, and what is there after a release. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/strpack.h"

static void assert_next(const struct strpack *pack, const char **at, const char *expected)
{
	*at = strpack_next(pack, *at);
	assert_non_null(*at);
	assert_string_equal(*at, expected);
}

static void test_strings_come_in_their_order(void **state)
{
	AUTO(strpack) struct strpack pack = STRPACK_INIT;
	const char *at = NULL;

	assert_null(strpack_next(&pack, NULL));
	strpack_push(&pack, "");
	strpack_pushf(&pack, "%s %d", "b", 2);
	strpack_push(&pack, "");
	assert_int_equal(pack.count, 3);
	assert_next(&pack, &at, "");
	assert_next(&pack, &at, "b 2");
	assert_next(&pack, &at, "");
	assert_null(strpack_next(&pack, at));
}

static void test_many_strings(void **state)
{
	AUTO(strpack) struct strpack pack = STRPACK_INIT;
	const char *at = NULL;

	for (int i = 0; i < 10000; i++)
		strpack_pushf(&pack, "%d", i);
	for (int i = 0; i < 10000; i++) {
		AUTO_FREE char *expected = xasprintf("%d", i);

		assert_next(&pack, &at, expected);
	}
	assert_null(strpack_next(&pack, at));
}

static void test_a_released_pack_can_be_used_again(void **state)
{
	AUTO(strpack) struct strpack pack = STRPACK_INIT;
	const char *at = NULL;

	strpack_push(&pack, "a");
	strpack_release(&pack);
	assert_int_equal(pack.count, 0);
	assert_null(strpack_next(&pack, NULL));
	strpack_push(&pack, "b");
	assert_next(&pack, &at, "b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings_come_in_their_order),
		cmocka_unit_test(test_many_strings),
		cmocka_unit_test(test_a_released_pack_can_be_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
