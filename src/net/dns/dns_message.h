/*
 * DNS messages as bytes: builds queries and updates (RFC 2136) and parses answers. It uses no
 * sockets, and it is the only module that uses ldns.
 */
#ifndef NET_DNS_DNS_MESSAGE_H
#define NET_DNS_DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "net/dns/dns_answer.h"

/* Appends a query with a random id; `recurses` sets RD. ERR_PARSE: `name` is not a valid domain
 * name. ERR_IO: ldns cannot be loaded. */
int dns_message_query(const char *name, enum dns_type type, bool recurses, struct strbuf *out,
		      struct error *err) WARN_UNUSED;

/* One TXT record to be added to, or removed from, a zone. Borrowed. */
struct dns_update_record {
	const char *name;
	const char *value;
	int64_t ttl; /* of an added record; becomes the TTL of the whole record set */
};
enum dns_update_kind {
	DNS_UPDATE_ADD,
	DNS_UPDATE_DELETE, /* exactly this value */
};
struct dns_update {
	const char *zone;
	enum dns_update_kind kind;
	const struct dns_update_record *records;
	size_t count;
};
/* The number of records that always fit into one message. */
#define DNS_UPDATE_MAX_RECORDS 180
/* Appends an update of the zone. Adding a record that exists or deleting one that does not changes
 * nothing (RFC 2136 section 3.4.2). Errors as for dns_message_query(); ERR_PARSE also when the
 * message is too large. */
int dns_message_update(const struct dns_update *update, struct strbuf *out,
		       struct error *err) WARN_UNUSED;

/* Parses a message from outside; the caller releases the answer. ERR_PARSE: malformed. */
int dns_message_read(struct span wire, struct dns_answer *ret_answer,
		     struct error *err) WARN_UNUSED;
/* Returns true if the reply belongs to the query: same id, same question, QR set. */
bool dns_message_answers(struct span query, struct span reply);
/* Returns true if the TC bit is set: the whole answer is available over TCP. */
bool dns_message_is_truncated(struct span reply);

#endif
