/*
 * Zones that an API gives as the text of their file (RFC 1035 section 5.1).
 */
#ifndef DNS_API_ZONE_FILE_H
#define DNS_API_ZONE_FILE_H

struct dns_found;

/* Notes the TXT records of a zone file that has each on a line: "name [300] [IN] TXT value". They
 * have no ids, so {"name": ..., "value": ...}, both as they are written, is the id: see
 * dns_record_of_id(). */
void dns_found_add_zone_file(struct dns_found *found, const char *text);

#endif
