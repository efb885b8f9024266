/* What is said while people wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/ui.h"

static void test_time_left_follows_from_what_is_done(void **state)
{
	static const struct {
		int64_t elapsed_ms;
		size_t done, total;
		const char *text;
	} cases[] = {
		{60000, 0, 10, ""}, /* nothing to go by */
		{4999, 5, 10, ""},  /* too early to tell */
		{60000, 10, 10, ""},
		{60000, 11, 10, ""},
		{10000, 5, 10, ", about 11 s left"},
		{59000, 5, 10, ", about 60 s left"},
		{100000, 1, 2, ", about 101 s left"},
		{120000, 1, 2, ", about 3 min left"},
		{600000, 100, 1000, ", about 91 min left"},
		{3600000, 100, 1000, ", about 10 h left"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_FREE char *text = ui_time_left(cases[i].elapsed_ms, cases[i].done,
						    cases[i].total);

		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_time_left_follows_from_what_is_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
