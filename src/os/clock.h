/*
 * The one clock and the one sleep. A test build or a caller may put its own clock in place: all
 * waiting of the program goes through a struct clock.
 */
#ifndef OS_CLOCK_H
#define OS_CLOCK_H

#include <stdint.h>

struct clock {
	int64_t (*now_ms)(void *context);  /* Unix time in milliseconds */
	int64_t (*mono_ms)(void *context); /* monotonic milliseconds, arbitrary origin */
	/* Sleeps until mono_ms or a signal; returns 0, or ERR_CANCELLED when a signal came. */
	int (*sleep_until)(void *context, int64_t mono_ms);
	void *context;
};

/* The system's clock. */
const struct clock *clock_system(void);

static inline int64_t clock_now_seconds(const struct clock *clock)
{
	return clock->now_ms(clock->context) / 1000;
}

#endif
