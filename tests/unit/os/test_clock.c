/* The system clock and its interruptible sleep. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "os/clock.h"
#include "os/signals.h"

static void test_clock_tells_unix_time(void **state)
{
	const struct clock *clock = clock_system();
	int64_t before = time(NULL);

	assert_in_range(clock_now_seconds(clock), before, before + 5);
}

static void test_sleep_lasts_until_its_time(void **state)
{
	const struct clock *clock = clock_system();
	int64_t until = clock->mono_ms(clock->context) + 30;

	assert_int_equal(clock->sleep_until(clock->context, until), 0);
	assert_true(clock->mono_ms(clock->context) >= until);
	assert_int_equal(clock->sleep_until(clock->context, until - 1000), 0);
}

static int sleep_under_signal(void)
{
	const struct clock *clock = clock_system();
	int64_t start = clock->mono_ms(clock->context);

	signals_install();
	alarm(10);
	if (fork() == 0) {
		clock->sleep_until(clock->context, start + 50);
		kill(getppid(), SIGTERM);
		_exit(0);
	}
	return clock->sleep_until(clock->context, start + 60000) == ERR_CANCELLED &&
	       clock->mono_ms(clock->context) < start + 9000 && signals_pending() == SIGTERM;
}

static void test_a_signal_ends_the_sleep(void **state)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0)
		_exit(sleep_under_signal() ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clock_tells_unix_time),
		cmocka_unit_test(test_sleep_lasts_until_its_time),
		cmocka_unit_test(test_a_signal_ends_the_sleep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
