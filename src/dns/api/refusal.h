/*
 * How an API refuses a call, and what its reasons mean.
 */
#ifndef DNS_API_REFUSAL_H
#define DNS_API_REFUSAL_H

#include <stddef.h>

#include "base/strbuf.h"
#include "dns/provider.h"

struct dns_reply;

/* A reason for a refusal, as a code or some words, and its meaning. */
struct dns_reason {
	const char *words;
	enum dns_verdict verdict;
};
/* Sets the members of struct dns_error_shape for a table of reasons. */
#define DNS_REASONS(table) .reasons = (table), .reason_count = ARRAY_LEN(table)

/* Returns the verdict of the first reason whose words occur in the text, else DNS_REFUSED. */
enum dns_verdict dns_judge_words(const char *said, const struct dns_reason *reasons, size_t count);
/* Returns the error code in an answer, or "" if it has none; the caller frees it. */
char *dns_error_code(const struct dns_error_shape *shape, const struct dns_reply *reply);
/* Returns the meaning of an answer whose errors have that shape. */
enum dns_verdict dns_judge_error(const struct dns_error_shape *shape,
				 const struct dns_reply *reply);
/* Appends "code: message" from the error in an answer. */
void dns_explain_shape(const struct dns_error_shape *shape, const struct dns_reply *reply,
		       struct strbuf *out);

#endif
