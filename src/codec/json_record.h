/*
 * A JSON document as a record between processes: its nodes one after the other, each with its type
 * and lengths in front. Reading one involves no text of a grammar; it is bounded, and the same
 * documents are refused as by json_parse().
 */
#ifndef CODEC_JSON_RECORD_H
#define CODEC_JSON_RECORD_H

#include "base/frame.h"
#include "codec/json.h"

void json_record_put(struct strbuf *out, const struct json *json);
/* Heap document; NULL, and the reader is broken, for what json_record_put() does not write. */
struct json *json_record_get(struct frame_reader *reader) WARN_UNUSED;

#endif
