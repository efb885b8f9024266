/*
 * Answers of DNS providers that are text: forms and zone files. What is read from either is the
 * same after it has been put through a record. Seeds: tests/fuzz/seeds/form.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/form.h"
#include "net/parser/zone_file.h"
#include "json_again.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The value is sent back to remove the record, so it has to be on one line. */
static void check_records(const struct json *records)
{
	for (size_t i = 0; i < json_count(records); i++) {
		const char *name = json_text(json_member(json_at(records, i), "name"));
		const char *value = json_text(json_member(json_at(records, i), "value"));

		if (!name || !*name || strpbrk(name, " \t\r\n") || !value || !*value ||
		    strpbrk(value, "\r\n"))
			abort();
	}
	record_and_read(records);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span text = span_make((const char *)bytes, len);
	AUTO(error) struct error err = ERROR_INIT;
	AUTO(json) struct json *form = form_parse(text);
	AUTO(json) struct json *records = NULL;

	record_and_read(form);
	if (zone_file_parse(text, &records, &err) == 0)
		check_records(records);
	return 0;
}
