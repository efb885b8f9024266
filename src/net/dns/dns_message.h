/*
 * DNS messages as bytes: queries and updates (RFC 2136) made, answers read. No sockets here. The
 * home of ldns.
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

/* Appends a query with a random id; `recurses` sets RD. ERR_PARSE: not a domain name. ERR_IO: no
 * ldns. */
int dns_message_query(const char *name, enum dns_type type, bool recurses, struct strbuf *out,
		      struct error *err) WARN_UNUSED;

/* One TXT record to be added to, or removed from, a zone. Borrowed. */
struct dns_update_record {
	const char *name;
	const char *value;
	int64_t ttl; /* of a record that is added: that of its whole set from then on */
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
/* The most records that surely fit one message. */
#define DNS_UPDATE_MAX_RECORDS 180
/* Appends an update of the zone. Adding what is there, or deleting what is not, changes nothing
 * (RFC 2136 section 3.4.2). Same errors; ERR_PARSE too when it has become too large. */
int dns_message_update(const struct dns_update *update, struct strbuf *out,
		       struct error *err) WARN_UNUSED;

/* Reads a message from outside. ERR_PARSE. */
int dns_message_read(struct span wire, struct dns_answer *ret_answer,
		     struct error *err) WARN_UNUSED;
/* Whether the bytes answer the query: same id, same question, QR set. */
bool dns_message_answers(struct span query, struct span reply);
/* The TC bit: the rest is to be had over TCP. */
bool dns_message_is_truncated(struct span reply);

#endif
