/*
 * Shell assignments of other programs' configuration files. What is read has names that a shell
 * knows, and is the same when it is written as words and read again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/shell.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO(map) struct map values = SHELL_VALUES_INIT;
	AUTO(map) struct map again = SHELL_VALUES_INIT;
	AUTO(strvec) struct strvec unread = STRVEC_INIT;
	AUTO(strbuf) struct strbuf text = STRBUF_INIT;

	shell_read_assignments(span_make((const char *)bytes, len), &values, &unread);
	strvec_release(&unread);
	for (size_t i = 0; i < values.count; i++) {
		strbuf_addf(&text, "%s=", values.entries[i].key);
		shell_add_word(&text, values.entries[i].value);
		strbuf_addc(&text, '\n');
	}
	shell_read_assignments(span_make(text.text, text.len), &again, &unread);
	if (unread.count || again.count != values.count)
		abort();
	for (size_t i = 0; i < values.count; i++)
		if (strcmp(map_get(&again, values.entries[i].key), values.entries[i].value) != 0)
			abort();
	return 0;
}
