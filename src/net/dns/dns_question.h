/*
 * A question to a name server, and its result.
 */
#ifndef NET_DNS_DNS_QUESTION_H
#define NET_DNS_DNS_QUESTION_H

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "net/dns/dns_answer.h"
#include "net/dns/dns_signature.h"
#include "net/dns/name_server.h"

enum dns_question_flags {
	DNS_RECURSE = 1 << 0,   /* sets RD */
	DNS_TCP_FIRST = 1 << 1, /* TCP, then UDP if the connection fails */
	DNS_HAS_REPLY = 1 << 2, /* `reply` was received over HTTPS and only needs parsing */
};
#define DNS_QUESTION_FLAGS (DNS_RECURSE | DNS_TCP_FIRST | DNS_HAS_REPLY)

struct dns_question {
	unsigned flags;            /* enum dns_question_flags */
	struct name_server server; /* unless DNS_HAS_REPLY */
	char *name;                /* heap; the name to ask about ... */
	enum dns_type type;
	struct strbuf message; /* ... or the whole message: an update, a signed query */
	struct strbuf reply;
	/* Results. */
	struct dns_answer answer;
	struct dns_signature signature; /* not verified yet: see dns_tsig_verify() */
	struct error error; /* no answer: ERR_NETWORK, ERR_PARSE; the text names the server */
};

/* Makes an empty question without name, message or results. */
void dns_question_init(struct dns_question *question);

/* Frees everything the question owns; the struct itself is the caller's. */
void dns_question_release(struct dns_question *question);
DEFINE_AUTO(dns_question, dns_question_release);

/* Allocates `count` initialised questions; free them with dns_questions_free(). */
struct dns_question *dns_questions_new(size_t count);

/* Releases each question and frees the array. */
void dns_questions_free(struct dns_question *questions, size_t count);

#endif
