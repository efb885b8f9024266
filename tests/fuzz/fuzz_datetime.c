/*
 * Times as servers send them (Retry-After, Date). What is read as a time is written and read as the
 * same one.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "codec/datetime.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO_FREE char *text = xstrndup((const char *)bytes, len);
	int64_t seconds, again;

	if (datetime_parse_http(text, &seconds)) {
		AUTO_FREE char *written = datetime_http(seconds);

		if (!datetime_parse_http(written, &again) || again != seconds)
			abort();
	}
	return 0;
}
