/*
 * A clock for tests of waiting: to sleep is to be there at once.
 */
#ifndef TESTS_OS_LEAPING_CLOCK_H
#define TESTS_OS_LEAPING_CLOCK_H

#include "os/clock.h"

static int64_t test_time;

static int64_t mono_ms(void *context)
{
	return test_time;
}

static int sleep_until(void *context, int64_t until)
{
	test_time = until;
	return 0;
}

static const struct clock test_clock = {.mono_ms = mono_ms, .sleep_until = sleep_until};

#endif
