/*
 * The system's clock (see clock.h). A sleep ends early when a signal is noted.
 */
#include "os/clock.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>

#include "base/alloc.h"
#include "base/error.h"
#include "os/signals.h"

static int64_t read_clock_ms(clockid_t id)
{
	struct timespec now;

	if (clock_gettime(id, &now) < 0)
		BUG("clock %d cannot be read", (int)id);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_now_ms(void *context)
{
	return read_clock_ms(CLOCK_REALTIME);
}

static int64_t system_mono_ms(void *context)
{
	return read_clock_ms(CLOCK_MONOTONIC);
}

static int system_sleep_until(void *context, int64_t mono_ms)
{
	struct pollfd wake = {.fd = signals_fd(), .events = POLLIN};

	while (!signals_pending()) {
		int64_t left_ms = mono_ms - system_mono_ms(context);

		if (left_ms <= 0)
			return 0;
		if (poll(&wake, 1, left_ms > INT_MAX ? INT_MAX : (int)left_ms) < 0 &&
		    errno != EINTR)
			BUG("poll failed with errno %d", errno);
	}
	return ERR_CANCELLED;
}

const struct clock *clock_system(void)
{
	static const struct clock system_clock = {
		.now_ms = system_now_ms,
		.mono_ms = system_mono_ms,
		.sleep_until = system_sleep_until,
	};

	return &system_clock;
}
