/* Records of JSON and of XML, as a parser that was taken over may write them: what is read is
 * written to the same bytes again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/json_record.h"
#include "codec/xml_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_same(const struct strbuf *written, struct span read,
		       const struct frame_reader *reader)
{
	if (written->len != read.len - reader->rest.len ||
	    memcmp(written->text, read.ptr, written->len) != 0)
		abort();
}

static void read_json(struct span record)
{
	struct frame_reader reader = {.rest = record};
	AUTO(json) struct json *json = json_record_get(&reader);
	AUTO(strbuf) struct strbuf written = STRBUF_INIT;

	if (!json)
		return;
	json_record_put(&written, json);
	check_same(&written, record, &reader);
}

static void read_xml(struct span record)
{
	struct frame_reader reader = {.rest = record};
	AUTO(xml) struct xml *xml = xml_record_get(&reader);
	AUTO(strbuf) struct strbuf written = STRBUF_INIT;

	if (!xml)
		return;
	xml_record_put(&written, xml);
	check_same(&written, record, &reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct span record = span_make((const char *)bytes, len);

	read_json(record);
	read_xml(record);
	return 0;
}
