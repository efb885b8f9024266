/*
 * An XML document as a record between processes: its elements one after the other, each with its
 * lengths in front (see json_record.h). The record is read without the XML library.
 */
#ifndef CODEC_XML_RECORD_H
#define CODEC_XML_RECORD_H

#include "base/frame.h"
#include "codec/xml.h"

void xml_record_put(struct strbuf *out, const struct xml *root);
/* Heap document; NULL, and the reader is broken, for what xml_record_put() does not write. */
struct xml *xml_record_get(struct frame_reader *reader) WARN_UNUSED;

#endif
