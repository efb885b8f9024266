/* XML answers of a DNS provider, parsed and put through a record. Seeds: tests/fuzz/seeds/xml. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/xml_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static size_t weigh(const struct xml *element)
{
	size_t weight = strlen(xml_name(element)) + strlen(xml_text(element));

	for (size_t i = 0; xml_at(element, i); i++)
		weight += weigh(xml_at(element, i));
	return weight;
}

static size_t weigh_record(const struct xml *root)
{
	AUTO(strbuf) struct strbuf record = STRBUF_INIT;
	struct frame_reader reader = {.rest = {NULL}};
	AUTO(xml) struct xml *again = NULL;

	xml_record_put(&record, root);
	reader.rest = span_make(record.text, record.len);
	again = xml_record_get(&reader);
	return again && frame_is_whole(&reader) ? weigh(again) : SIZE_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(xml) struct xml *root = NULL;

	if (xml_parse((const char *)bytes, len, "answer", &root, &err) == 0 &&
	    weigh_record(root) != weigh(root))
		abort();
	return 0;
}
