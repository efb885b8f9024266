/*
 * The messages between the DNS client and its child. The parent sends a batch of questions; the
 * child sends one answer per question, in any order, and lines for the log. The decoder treats
 * every message as hostile: it limits every length, checks every text, and accepts no trailing
 * bytes.
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
	DNS_WIRE_MAX_QUESTIONS = 256, /* per batch */
	/* Longest messages. */
	DNS_WIRE_MAX_BATCH = DNS_WIRE_MAX_QUESTIONS * (2 * DNS_MAX_MESSAGE + 2048),
	DNS_WIRE_MAX_ANSWER = 2 * 1024 * 1024,
};

enum dns_wire_kind {
	DNS_WIRE_BATCH = 1, /* to the child */
	DNS_WIRE_ANSWER,    /* to the parent, once per question */
};

/* Returns the kind of a message and sets `ret_contents` to the bytes after it; 0 for an empty
 * message. */
int dns_wire_kind(struct span message, struct span *ret_contents);

/* Appends a batch of at most DNS_WIRE_MAX_QUESTIONS questions. */
void dns_wire_put_batch(struct strbuf *out, const struct dns_question *questions, size_t count,
			int64_t timeout_ms);
/* Appends the results of the question with that number. */
void dns_wire_put_answer(struct strbuf *out, size_t number, const struct dns_question *question);

/* Decodes the contents of a batch. Free the questions with dns_questions_free(). ERR_PROTOCOL:
 * malformed; nothing was set. */
int dns_wire_get_batch(struct span contents, struct dns_question **ret_questions, size_t *ret_count,
		       int64_t *ret_timeout_ms, struct error *err) WARN_UNUSED;
/* Decodes an answer into the question it belongs to, whose number must be below `count`. A question
 * that already has an error keeps it. ERR_PROTOCOL: malformed. */
int dns_wire_get_answer(struct span contents, struct dns_question *questions, size_t count,
			size_t *ret_number, struct error *err) WARN_UNUSED;

#endif
