/* The limits that `fleet limit` takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/fleet/limit.h"
#include "base/macros.h"

static void test_limits(void **state)
{
	static const struct {
		const char *text;
		int code;
		uint64_t orders, window_s;
	} rows[] = {
		{"300/3h", 0, 300, 3 * 3600},
		{"1/1h", 0, 1, 3600},
		{"50/7d", 0, 50, 7 * 86400},
		{"1000000/30d", 0, 1000000, 30 * 86400},
		{"none", 0, 0, 0},
		{"", ERR_USAGE, 0, 0},
		{"300", ERR_USAGE, 0, 0},
		{"300/", ERR_USAGE, 0, 0},
		{"/3h", ERR_USAGE, 0, 0},
		{"300/h", ERR_USAGE, 0, 0},
		{"300/3", ERR_USAGE, 0, 0},
		{"300/3m", ERR_USAGE, 0, 0},
		{"0/3h", ERR_USAGE, 0, 0},
		{"-1/3h", ERR_USAGE, 0, 0},
		{"300/0h", ERR_USAGE, 0, 0},
		{"300/31d", ERR_USAGE, 0, 0},
		{"300/721h", ERR_USAGE, 0, 0},
		{"1000001/3h", ERR_USAGE, 0, 0},
		{"300/3h/3h", ERR_USAGE, 0, 0},
		{"h", ERR_USAGE, 0, 0},
		{"300/3 h", ERR_USAGE, 0, 0},
		{"None", ERR_USAGE, 0, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(fleet_record) struct fleet_record limit = FLEET_RECORD_INIT;
		AUTO(error) struct error err = ERROR_INIT;

		assert_int_equal(limit_parse(rows[i].text, &limit, &err), rows[i].code);
		assert_int_equal(limit.orders, rows[i].orders);
		assert_int_equal(limit.window_s, rows[i].window_s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_limits)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
