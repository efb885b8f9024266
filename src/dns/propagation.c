/*
 * Waiting for records (see propagation.h).
 */
#include "dns/propagation.h"

#include "base/ui.h"
#include "os/clock.h"
#include "plugin/plugin.h"

int dns_await(const struct plugin_host *host, const struct settings *settings,
	      const struct dns_expectation *expected, size_t count, int64_t seconds,
	      struct error *err)
{
	const struct clock *clock = host->clock;

	if (!count || seconds <= 0)
		return 0;
	ui_say(host->ui, "Waiting %lld seconds for DNS changes to propagate", (long long)seconds);
	if (clock->sleep_until(clock->context, clock->mono_ms(clock->context) + seconds * 1000) < 0)
		return error_set(err, ERR_CANCELLED, "stopped by a signal");
	return 0;
}
