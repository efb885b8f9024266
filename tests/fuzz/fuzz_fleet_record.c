/* Records of a fleet, as another version of this program might write them: what is read is
 * written to the same bytes again. The second byte says the kind. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fleet/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO(fleet_record) struct fleet_record record = FLEET_RECORD_INIT;
	AUTO(strbuf) struct strbuf written = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	enum fleet_kind kind = len > 1 ? bytes[1] % FLEET_KIND__COUNT : FLEET_HEAD;

	if (fleet_record_get(span_make((const char *)bytes, len), kind, &record, &err) < 0)
		return 0;
	fleet_record_put(&record, &written);
	if (written.len != len || memcmp(written.text, bytes, len) != 0)
		abort();
	return 0;
}
