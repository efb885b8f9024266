/*
 * What the harnesses of JSON, and of what becomes JSON, have in common.
 */
#ifndef FUZZ_JSON_AGAIN_H
#define FUZZ_JSON_AGAIN_H

#include <stdlib.h>
#include <string.h>

#include "codec/json_record.h"

/* Aborts unless the parent would get the same document out of the record as the parser put in. */
static inline void record_and_read(const struct json *json)
{
	AUTO(strbuf) struct strbuf record = STRBUF_INIT, first = STRBUF_INIT, second = STRBUF_INIT;
	struct frame_reader reader = {.rest = {NULL}};
	AUTO(json) struct json *again = NULL;

	json_record_put(&record, json);
	reader.rest = span_make(record.text, record.len);
	again = json_record_get(&reader);
	if (!again || !frame_is_whole(&reader))
		abort();
	json_print(json, JSON_COMPACT, &first);
	json_print(again, JSON_COMPACT, &second);
	if (strcmp(first.text, second.text) != 0)
		abort();
}

#endif
