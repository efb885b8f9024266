/*
 * Logs, from which `why` learns what failed: a run is about these names or not, and only one that
 * is has a failure.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "app/why/gather_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_reading(struct span text, const struct strvec *names, bool is_running)
{
	struct fact_failure failure = {.text = NULL};

	if (!gather_log_read(text, names, is_running, &failure) &&
	    (failure.text || failure.identifier))
		abort();
	if (failure.identifier && !strvec_contains(names, failure.identifier))
		abort();
	if (failure.text && strchr(failure.text, '\n'))
		abort();
	fact_failure_release(&failure);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO(strvec) struct strvec names = STRVEC_INIT;
	struct span text = span_make((const char *)bytes, len);

	strvec_push(&names, "a.test");
	strvec_push(&names, "*.b.test");
	check_reading(text, &names, false);
	check_reading(text, &names, true);
	return 0;
}
