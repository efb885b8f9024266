/* JSON documents of others: what is accepted prints, in each style, to what is accepted again, and
 * comes through a record as it was. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "json_again.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void print_and_read(const struct json *json, enum json_style style)
{
	AUTO(strbuf) struct strbuf first = STRBUF_INIT, second = STRBUF_INIT;
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(json) struct json *again = NULL;

	json_print(json, style, &first);
	if (json_parse(first.text, first.len, "document", &again, &err) < 0)
		abort();
	json_print(again, style, &second);
	if (strcmp(first.text, second.text) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(json) struct json *json = NULL;

	if (json_parse((const char *)bytes, len, "document", &json, &err) < 0)
		return 0;
	print_and_read(json, JSON_COMPACT);
	print_and_read(json, JSON_PYTHON);
	print_and_read(json, JSON_PRETTY);
	record_and_read(json);
	return 0;
}
