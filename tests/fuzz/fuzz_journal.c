/*
 * The journal of changes, whose end a power cut may have torn. What is read can be printed, and
 * reads the same again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/journal/change.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void print_all(const struct change_list *list, struct strbuf *out)
{
	for (size_t i = 0; i < list->count; i++) {
		change_print(list->items[i], out);
		if (list->items[i]->is_void)
			change_print_void(list->items[i]->number, list->last, out);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	AUTO(change_list) struct change_list first = CHANGE_LIST_INIT;
	AUTO(change_list) struct change_list second = CHANGE_LIST_INIT;
	AUTO(strbuf) struct strbuf once = STRBUF_INIT;
	AUTO(strbuf) struct strbuf again = STRBUF_INIT;
	int64_t last;

	change_last_number(span_make((const char *)bytes, len), &last);
	change_parse(span_make((const char *)bytes, len), &first);
	print_all(&first, &once);
	change_parse(span_make(once.text, once.len), &second);
	print_all(&second, &again);
	if (first.count != second.count || strcmp(once.text, again.text) != 0)
		abort();
	return 0;
}
