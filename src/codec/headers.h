/*
 * HTTP header fields, and the few whose value we read (RFC 9110, RFC 8288).
 */
#ifndef CODEC_HEADERS_H
#define CODEC_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strvec.h"

struct headers {
	struct strvec names; /* as received; compared without regard to case */
	struct strvec values;
};

#define HEADERS_INIT                                                                               \
	{                                                                                          \
		.names = STRVEC_INIT, .values = STRVEC_INIT                                        \
	}
void headers_init(struct headers *headers);
void headers_release(struct headers *headers);
DEFINE_AUTO(headers, headers_release);

void headers_add(struct headers *headers, const char *name, const char *value);
/* First value of the field, borrowed, or NULL. */
const char *headers_get(const struct headers *headers, const char *name);
/* Appends the targets of all Link fields with that relation (rel="alternate"), resolved only if
 * absolute; malformed ones are passed over. */
void headers_links(const struct headers *headers, const char *relation, struct strvec *ret_urls);
/* Retry-After as Unix seconds: delta seconds count from now_seconds, or an HTTP date in any of the
 * three forms. 0 when absent or malformed. A time in the past gives now_seconds. */
int64_t headers_retry_after(const struct headers *headers, int64_t now_seconds);

#endif
