/*
 * A body to be parsed, with what comes of it.
 */
#ifndef NET_PARSER_PARSER_JOB_H
#define NET_PARSER_PARSER_JOB_H

#include <stddef.h>

#include "base/span.h"
#include "net/parser/content.h"

/* Larger bodies are rejected. */
enum { PARSER_MAX_BODY = 16 * 1024 * 1024 };

struct parser_job {
	enum content_form form; /* not CONTENT_RAW */
	struct span body;       /* borrowed */
	/* CONTENT_CHAIN: the part that is here already, PEM or empty; the body continues it. The
	 * result is the whole. Borrowed. */
	struct span chain_start;
	/* CONTENT_OCSP: what was asked, borrowed; its response_der is `body`. */
	const struct ocsp_question *question;
	size_t index;           /* for the caller's use */
	struct content content; /* the result; CONTENT_INIT before */
};

#endif
