/*
 * CAA records as the resolver process prints them, one a line. What forbids is one of them; and a
 * CA whose names are not known is forbidden by critical properties only.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/query/caa.h"
#include "base/span.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_verdict(const struct strvec *records, const struct caa_question *question)
{
	const char *record;
	enum caa_verdict verdict = caa_judge(records, question, &record);

	if ((verdict == CAA_ALLOWS) != (record == NULL))
		abort();
	if (record && !strvec_contains(records, record))
		abort();
	if (!question->identities->count && verdict != CAA_ALLOWS && verdict != CAA_CRITICAL)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO(strvec) struct strvec records = STRVEC_INIT, none = STRVEC_INIT, known = STRVEC_INIT;
	struct span text = span_make((const char *)bytes, len), line;

	strvec_push(&known, "ca.test");
	while (span_take_line(&text, &line))
		strvec_give(&records, span_dup(line));
	for (int i = 0; i < 4; i++) {
		const struct caa_question question = {i & 1 ? &known : &none, "https://ca.test/1",
						      "http-01", i & 2};

		check_verdict(&records, &question);
	}
	return 0;
}
