/*
 * A question to a name server, and what came of it.
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
	DNS_TCP_FIRST = 1 << 1, /* TCP, and UDP where no connection is made */
	DNS_HAS_REPLY = 1 << 2, /* `reply` came another way (over HTTPS): it is only read */
};
#define DNS_QUESTION_FLAGS (DNS_RECURSE | DNS_TCP_FIRST | DNS_HAS_REPLY)

struct dns_question {
	unsigned flags;            /* enum dns_question_flags */
	struct name_server server; /* unless DNS_HAS_REPLY */
	char *name;                /* heap; what is asked about ... */
	enum dns_type type;
	struct strbuf message; /* ... or the whole message: an update, a signed query */
	struct strbuf reply;
	/* Results. */
	struct dns_answer answer;
	struct dns_signature signature; /* not checked yet: see dns_tsig_verify() */
	struct error error; /* no answer: ERR_NETWORK, ERR_PARSE; the text names the server */
};
void dns_question_init(struct dns_question *question);
void dns_question_release(struct dns_question *question);
DEFINE_AUTO(dns_question, dns_question_release);

/* `count` initialised questions. Heap. */
struct dns_question *dns_questions_new(size_t count);
void dns_questions_free(struct dns_question *questions, size_t count);

#endif
