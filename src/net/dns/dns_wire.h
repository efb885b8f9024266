/*
 * The messages between the DNS client and its child. To the child: a batch of questions; back: one
 * answer for each of them, in any order, and lines for the log. Whoever decodes treats the message
 * as hostile: every length is capped, every text is checked, and nothing may be left over.
 */
#ifndef NET_DNS_DNS_WIRE_H
#define NET_DNS_DNS_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "net/dns/dns_question.h"

enum {
	DNS_WIRE_MAX_QUESTIONS = 256, /* of a batch */
	/* Longest messages. */
	DNS_WIRE_MAX_BATCH = DNS_WIRE_MAX_QUESTIONS * (2 * DNS_MAX_MESSAGE + 2048),
	DNS_WIRE_MAX_ANSWER = 2 * 1024 * 1024,
};

enum dns_wire_kind {
	DNS_WIRE_BATCH = 1, /* to the child */
	DNS_WIRE_ANSWER,    /* to the parent, once per question */
};

/* Kind of a message, and its contents behind it; 0 for an empty message. */
int dns_wire_kind(struct span message, struct span *ret_contents);

/* At most DNS_WIRE_MAX_QUESTIONS. */
void dns_wire_put_batch(struct strbuf *out, const struct dns_question *questions, size_t count,
			int64_t timeout_ms);
/* The results of the question with that number. */
void dns_wire_put_answer(struct strbuf *out, size_t number, const struct dns_question *question);

/* The contents of a message of that kind. ERR_PROTOCOL: malformed, nothing was filled in. Questions
 * are to be freed by dns_questions_free(). */
int dns_wire_get_batch(struct span contents, struct dns_question **ret_questions, size_t *ret_count,
		       int64_t *ret_timeout_ms, struct error *err) WARN_UNUSED;
/* Fills in the results of the question, whose number must be below `count`; one that has an error
 * already keeps it. */
int dns_wire_get_answer(struct span contents, struct dns_question *questions, size_t count,
			size_t *ret_number, struct error *err) WARN_UNUSED;

#endif
