/*
 * Answers of name servers as plain values: the form in which the child that parses the messages
 * sends them.
 */
#ifndef NET_DNS_DNS_ANSWER_H
#define NET_DNS_DNS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_NS = 2,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_SOA = 6,
	DNS_TYPE_TXT = 16,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_DNAME = 39,
	DNS_TYPE_TLSA = 52,
	DNS_TYPE_CAA = 257,
};

enum dns_rcode {
	DNS_RCODE_NOERROR = 0,
	DNS_RCODE_SERVFAIL = 2,
	DNS_RCODE_NXDOMAIN = 3,
	DNS_RCODE_REFUSED = 5,
};
/* Returns "NOERROR", "REFUSED", "rcode 23": a static string, or one written to `buffer`. */
const char *dns_rcode_name(int rcode, char buffer[static 16]);

enum {
	DNS_MAX_NAME_TEXT = 1024, /* bytes of a name as text: each may be written as \ddd */
	DNS_MAX_MESSAGE = 65535,
	DNS_MAX_RECORDS = 500, /* per answer; the rest is ignored */
};

/* A record of an answer. */
struct dns_answer_record {
	char *name; /* lower case, no final dot */
	int type;   /* enum dns_type, or another type */
	int64_t ttl;
	/* CNAME, DNAME, NS: the name, lower case, no final dot; SOA: its first name, a blank and
	 * the serial number; A, AAAA: the address; TXT: its strings joined, without bytes that are
	 * not valid in text; CAA: `0 issue "ca.example; x=y"`; TLSA:
	 * "3 1 1 0a1b..." in lower case; "" for other types. */
	char *value;
	bool in_answer; /* from the answer section, not authority or additional */
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

/* Frees the records; the struct itself is the caller's. */
void dns_answer_release(struct dns_answer *answer);
DEFINE_AUTO(dns_answer, dns_answer_release);

#endif
