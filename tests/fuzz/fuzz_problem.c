/* An error reply of a CA: whatever it says, the texts made from it can be shown. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "acme/problem.h"
#include "base/ascii.h"
#include "../unit/acme/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_printable(const char *text)
{
	size_t len = strlen(text);

	for (size_t at = 0; at < len;) {
		size_t width = ascii_printable_width(text + at, len - at);

		if (!width)
			abort();
		at += width;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(acme_failures) struct acme_failures failures = {.items = NULL};
	struct acme_reply reply = {
		.status = len ? 300 + bytes[0] : 400,
		.headers = HEADERS_INIT,
		.body = (char *)bytes + (len ? 1 : 0),
		.body_len = len ? len - 1 : 0,
	};

	reply_parse(&reply, NULL);
	if (acme_problem_to_error(&reply, 0, &failures, &err) >= 0)
		abort();
	check_printable(err.text);
	check_printable(err.hint ? err.hint : "");
	check_printable(err.problem_type ? err.problem_type : "");
	for (size_t i = 0; i < failures.count; i++) {
		check_printable(failures.items[i].identifier.value);
		check_printable(failures.items[i].type);
		check_printable(failures.items[i].detail);
	}
	json_free(reply.json);
	error_release(&reply.fault);
	return 0;
}
