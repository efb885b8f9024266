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
 * caller frees it. Each has to be on a line: "name [300] [IN] TXT value", or without the name, which then
 * is that of the record before. ERR_PARSE: it
 * is not the file of a zone, since there is no SOA record. */
int zone_file_parse(struct span text, struct json **ret_records, struct error *err) WARN_UNUSED;

#endif
