/*
 * Passes a JSON document between processes as a binary record: its nodes in sequence, each preceded
 * by its type and length. Reading a record needs no text parser and is bounded; it refuses the same
 * documents as json_parse().
 */
#ifndef CODEC_JSON_RECORD_H
#define CODEC_JSON_RECORD_H

#include "base/frame.h"
#include "codec/json.h"

/* Appends the record of a document. */
void json_record_put(struct strbuf *out, const struct json *json);
/* Reads a document, which the caller frees. Returns NULL and breaks the reader for anything that
 * json_record_put() does not write. */
struct json *json_record_get(struct frame_reader *reader) WARN_UNUSED;

#endif
