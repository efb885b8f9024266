/*
 * The only clock and the only sleep. All waiting goes through a struct clock, so that tests and
 * callers can supply their own.
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

/* Returns the system's clock, static. */
const struct clock *clock_system(void);

/* Unix time in milliseconds. */
static inline int64_t clock_now_ms(const struct clock *clock)
{
	return clock->now_ms(clock->context);
}

/* Unix time in whole seconds. */
static inline int64_t clock_now_seconds(const struct clock *clock)
{
	return clock_now_ms(clock) / 1000;
}

/* Milliseconds from an arbitrary origin, never running backwards: for deadlines and durations. */
static inline int64_t clock_mono_ms(const struct clock *clock)
{
	return clock->mono_ms(clock->context);
}

#endif
