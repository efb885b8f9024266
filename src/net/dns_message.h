/*
 * DNS messages as bytes: queries and updates (RFC 2136) made, answers read. No sockets here. The
 * home of ldns.
 */
#ifndef NET_DNS_MESSAGE_H
#define NET_DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"

enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_NS = 2,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_SOA = 6,
	DNS_TYPE_TXT = 16,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_DNAME = 39,
};

enum dns_rcode {
	DNS_RCODE_NOERROR = 0,
	DNS_RCODE_NXDOMAIN = 3,
};
/* "NOERROR", "REFUSED", "rcode 23": static or from `buffer`. */
const char *dns_rcode_name(int rcode, char buffer[static 16]);

enum dns_query_flags {
	DNS_RECURSE = 1 << 0, /* sets RD */
};

/* Appends a query with a random id. ERR_PARSE: not a domain name. ERR_IO: no ldns. */
int dns_message_query(const char *name, enum dns_type type, unsigned flags, struct strbuf *out,
		      struct error *err) WARN_UNUSED;

/* One TXT record to be added to, or removed from, a zone. Borrowed. */
struct dns_update_record {
	const char *name;
	const char *value;
};
enum dns_update_kind {
	DNS_UPDATE_ADD,
	DNS_UPDATE_DELETE, /* exactly this value */
};
struct dns_update {
	const char *zone;
	enum dns_update_kind kind;
	int ttl;
	const struct dns_update_record *records;
	size_t count;
};
/* The most records that surely fit one message. */
#define DNS_UPDATE_MAX_RECORDS 180
/* Appends an update of the zone. Adding what is there, or deleting what is not, changes nothing
 * (RFC 2136 section 3.4.2). Same errors; ERR_PARSE too when it has become too large. */
int dns_message_update(const struct dns_update *update, struct strbuf *out,
		       struct error *err) WARN_UNUSED;

/* A record of an answer. */
struct dns_answer_record {
	char *name; /* lower case, no final dot */
	int type;   /* enum dns_type, or another type */
	int64_t ttl;
	/* CNAME, DNAME, NS, SOA: the (first) name, lower case, no final dot; A, AAAA: the address;
	 * TXT: its strings joined, bytes that text cannot have left out; "" for other types. */
	char *value;
	bool in_answer; /* of the answer section, else authority or additional */
};

struct dns_answer {
	int rcode;
	bool authoritative;
	struct dns_answer_record *records;
	size_t count, capacity;
};
#define DNS_ANSWER_INIT                                                                            \
	{                                                                                          \
		.records = NULL                                                                    \
	}
void dns_answer_release(struct dns_answer *answer);
DEFINE_AUTO(dns_answer, dns_answer_release);

/* Reads a message from outside. ERR_PARSE. */
int dns_message_read(struct span wire, struct dns_answer *ret_answer,
		     struct error *err) WARN_UNUSED;
/* Whether the bytes answer the query: same id, same question, QR set. */
bool dns_message_answers(struct span query, struct span reply);
/* The TC bit: the rest is to be had over TCP. */
bool dns_message_is_truncated(struct span reply);

#endif
