/*
 * HTTP header fields, and parsers for the few fields we interpret (RFC 9110, RFC 8288).
 */
#ifndef CODEC_HEADERS_H
#define CODEC_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strvec.h"

/* A hint for answers that come as a web page. */
#define WEB_PAGE_HINT                                                                              \
	"this looks like a web page, perhaps of a captive portal or a proxy that answers in the "  \
	"server's place"

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

/* Appends a field; name and value are copied. */
void headers_add(struct headers *headers, const char *name, const char *value);
/* Returns the first value of the field, borrowed, or NULL. Case is ignored. */
const char *headers_get(const struct headers *headers, const char *name);
/* Appends the targets of all Link fields with the given relation (rel="alternate"), resolved by
 * url_resolve() against `base`, the URL that was asked. Targets that do not give a valid URL are
 * skipped, and so is the rest of a field after a malformed link. */
void headers_links(const struct headers *headers, const char *base, const char *relation,
		   struct strvec *ret_urls);
/* Returns Retry-After as Unix seconds, or 0 when it is absent or malformed. Delta seconds count
 * from now_seconds; an HTTP date may have any of the three forms. A time in the past gives
 * now_seconds. */
int64_t headers_retry_after(const struct headers *headers, int64_t now_seconds);

#endif
