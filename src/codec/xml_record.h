/*
 * Passes an XML document between processes as a binary record: its elements in sequence, each
 * preceded by its lengths (see json_record.h). Reading a record does not need the XML library.
 */
#ifndef CODEC_XML_RECORD_H
#define CODEC_XML_RECORD_H

#include "base/frame.h"
#include "codec/xml.h"

/* Appends the record of a document. */
void xml_record_put(struct strbuf *out, const struct xml *root);
/* Reads a document, which the caller frees. Returns NULL and breaks the reader for anything that
 * xml_record_put() does not write. */
struct xml *xml_record_get(struct frame_reader *reader) WARN_UNUSED;

#endif
