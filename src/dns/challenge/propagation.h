/*
 * Waiting until records are visible on the Internet. Internal to dns/.
 */
#ifndef DNS_CHALLENGE_PROPAGATION_H
#define DNS_CHALLENGE_PROPAGATION_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"

struct plugin_host;
struct settings;

/* A TXT value that is to be seen. Borrowed. */
struct dns_expectation {
	const char *zone; /* "" when it is not known */
	const char *name;
	const char *value;
};

/* Waits at most `seconds`, saying for what; running out of time is not an error. ERR_CANCELLED. */
int dns_await(const struct plugin_host *host, const struct settings *settings,
	      const struct dns_expectation *expected, size_t count, int64_t seconds,
	      struct error *err) WARN_UNUSED;

#endif
