/*
 * Problem documents (RFC 7807, RFC 8555 section 6.7): parsed, made printable, and classified by one
 * table row per type: what it means, whose fault it is, whether a retry helps.
 */
#ifndef ACME_PROBLEM_H
#define ACME_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "acme/types.h"
#include "acme/wire.h"
#include "base/error.h"

struct json;

/* Why one identifier failed. All texts are printable. */
struct acme_failure {
	struct acme_identifier identifier; /* value "" when the CA named none */
	char *type;                        /* "unauthorized", without the URN prefix */
	char *detail;
};

struct acme_failures {
	struct acme_failure *items;
	size_t count, capacity;
};
void acme_failures_release(struct acme_failures *failures);
DEFINE_AUTO(acme_failures, acme_failures_release);
/* Adds a failure. Copies its arguments and makes the texts printable. */
void acme_failures_add(struct acme_failures *failures, const struct acme_identifier *identifier,
		       const char *type, const char *detail);
/* Adds what a problem object says about the identifier. `problem` may be NULL or not an object. */
void acme_failures_add_problem(struct acme_failures *failures,
			       const struct acme_identifier *identifier,
			       const struct json *problem);

/* Hints at what may have answered when the reply is a web page; `err` is set. */
void acme_reply_hint(const struct acme_reply *reply, struct error *err);

/* Fills `err` from an error reply: from its problem document, or from the HTTP status when the body
 * is not one. The code comes from the row of the type (ERR_RATE_LIMITED with retry_at from
 * Retry-After, ERR_ACME, ERR_NETWORK for 5xx, ...); the hint says what to do. Subproblems with
 * identifiers are added to `failures`, which may be NULL. If no response arrived, `err` is the
 * transport error. Returns the code. */
int acme_problem_to_error(const struct acme_reply *reply, int64_t now_ms,
			  struct acme_failures *failures, struct error *err);
/* The same for a problem object inside another document ("error" of an order). */
int acme_problem_object_to_error(const struct json *problem, struct acme_failures *failures,
				 struct error *err);
/* The short type of a problem reply ("badNonce"), printable, or NULL; the caller frees it. */
char *acme_problem_type(const struct acme_reply *reply);
/* Explains the type in one sentence for people; NULL for unknown types. Static. */
const char *acme_problem_meaning(const char *type);

/* Makes a text from the CA safe to show: printable, at most ACME_MAX_TEXT bytes long, and followed
 * by "..." when it was cut. The caller frees it. */
char *acme_printable(const char *text);
#define ACME_MAX_TEXT 2000

/* When Retry-After asks us to come back, in Unix milliseconds; 0 when it does not. For times in the
 * past this is now_ms. */
int64_t acme_reply_retry_at(const struct acme_reply *reply, int64_t now_ms);

#endif
