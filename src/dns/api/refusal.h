/*
 * What an API says when it refuses, and what that means.
 */
#ifndef DNS_API_REFUSAL_H
#define DNS_API_REFUSAL_H

#include <stddef.h>

#include "base/strbuf.h"
#include "dns/provider.h"

struct dns_reply;

/* A reason that a provider gives when it refuses: a code or some words, and their meaning. */
struct dns_reason {
	const char *words;
	enum dns_verdict verdict;
};
/* The members of struct dns_error_shape that have a table of reasons. */
#define DNS_REASONS(table) .reasons = (table), .reason_count = ARRAY_LEN(table)

/* Returns the verdict of the first reason whose words stand in the text, else DNS_REFUSED. */
enum dns_verdict dns_judge_words(const char *said, const struct dns_reason *reasons, size_t count);
/* Returns the code of the error in an answer, "" if it has none; the caller frees it. */
char *dns_error_code(const struct dns_error_shape *shape, const struct dns_reply *reply);
/* Judges an answer by what the shape says of its error. */
enum dns_verdict dns_judge_error(const struct dns_error_shape *shape,
				 const struct dns_reply *reply);
/* Appends "code: message" out of the error. */
void dns_explain_shape(const struct dns_error_shape *shape, const struct dns_reply *reply,
		       struct strbuf *out);

#endif
