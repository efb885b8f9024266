/* XML answers of a DNS provider. Seeds: tests/fuzz/seeds/xml. */
#include <stdint.h>
#include <string.h>

#include "codec/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static size_t weigh(const struct xml *element)
{
	size_t weight = strlen(xml_name(element)) + strlen(xml_text(element));

	for (size_t i = 0; xml_at(element, i); i++)
		weight += weigh(xml_at(element, i));
	return weight;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(xml) struct xml *root = NULL;

	if (xml_parse((const char *)bytes, len, "answer", &root, &err) == 0)
		(void)weigh(root);
	return 0;
}
