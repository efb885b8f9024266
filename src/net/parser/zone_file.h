/*
 * Zones that come as the text of their file (RFC 1035 section 5.1).
 */
#ifndef NET_PARSER_ZONE_FILE_H
#define NET_PARSER_ZONE_FILE_H

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "codec/json.h"

/* Returns the TXT records as an array of {"name": ..., "value": ...}, both as they are written; the
 * caller frees it. Each has to be on a line of its own: "name [300] [IN] TXT value". A line without
 * the name is about that of the record before. ERR_PARSE: there is no SOA record, so the text is
 * not a zone's. */
int zone_file_parse(struct span text, struct json **ret_records, struct error *err) WARN_UNUSED;

#endif
