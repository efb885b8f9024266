/* Pauses between tries of what fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/fleet/backoff.h"
#include "base/macros.h"

#define SECOND 1000

static void test_what_fails_is_tried_less_and_less_up_to_an_hour(void **state)
{
	static const int64_t pauses_s[] = {30, 60, 120, 240, 480, 960, 1920, 3600, 3600};
	struct backoff backoff = {.due_ms = 0};
	int64_t now = 5;

	backoff_restart(&backoff);
	assert_false(backoff_is_due(&backoff, INT64_MAX));
	for (size_t i = 0; i < ARRAY_LEN(pauses_s); i++) {
		backoff_note(&backoff, true, now);
		assert_false(backoff_is_due(&backoff, now + pauses_s[i] * SECOND - 1));
		now += pauses_s[i] * SECOND;
		assert_true(backoff_is_due(&backoff, now));
	}
	backoff_note(&backoff, false, now);
	assert_false(backoff_is_due(&backoff, INT64_MAX));
}

static void test_news_begin_with_the_shortest_pause(void **state)
{
	struct backoff backoff = {.due_ms = 0};

	backoff_restart(&backoff);
	for (int i = 0; i < 5; i++)
		backoff_note(&backoff, true, SECOND);
	backoff_restart(&backoff);
	/* What failed before is not due for that. */
	assert_false(backoff_is_due(&backoff, 31 * SECOND));
	backoff_note(&backoff, true, SECOND);
	assert_true(backoff_is_due(&backoff, 31 * SECOND));
}

static void test_what_may_work_now_is_due_at_once(void **state)
{
	struct backoff backoff = {.due_ms = 0};

	backoff_restart(&backoff);
	backoff_hasten(&backoff, SECOND);
	assert_false(backoff_is_due(&backoff, INT64_MAX));
	for (int i = 0; i < 5; i++)
		backoff_note(&backoff, true, SECOND);
	backoff_hasten(&backoff, 2 * SECOND);
	assert_true(backoff_is_due(&backoff, 2 * SECOND));
	backoff_note(&backoff, true, 2 * SECOND);
	assert_true(backoff_is_due(&backoff, 32 * SECOND));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_fails_is_tried_less_and_less_up_to_an_hour),
		cmocka_unit_test(test_news_begin_with_the_shortest_pause),
		cmocka_unit_test(test_what_may_work_now_is_due_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
