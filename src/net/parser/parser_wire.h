/*
 * The messages between the parser and its child. The parent treats the child's messages as hostile:
 * it limits lengths, checks texts, and accepts no trailing bytes.
 */
#ifndef NET_PARSER_PARSER_WIRE_H
#define NET_PARSER_PARSER_WIRE_H

#include "base/error.h"
#include "base/span.h"
#include "base/strbuf.h"
#include "crypto/cert/ocsp.h"
#include "net/parser/parser_job.h"

/* The word of the child's argv that asks it to be ready for XML. */
#define PARSER_XML "xml"

enum {
	PARSER_WIRE_OVERHEAD = 256 * 1024,
	/* A record may be this many times as long as the text. */
	PARSER_WIRE_GROWTH = 8,
};

/* A job as the child decodes it; `job` points into the message and to `question`. */
struct parser_task {
	struct parser_job job;
	struct ocsp_question question;
	struct cert *cert, *issuer;
};
#define PARSER_TASK_INIT                                                                           \
	{                                                                                          \
		.job = {.content = CONTENT_INIT }                                                  \
	}

/* Frees the task's certificates and content. */
void parser_task_release(struct parser_task *task);
DEFINE_AUTO(parser_task, parser_task_release);

/* Appends a job. */
void parser_wire_put_job(struct strbuf *out, const struct parser_job *job);
/* Decodes a job; the message must outlive the task. ERR_PROTOCOL: malformed. ERR_PARSE: a
 * certificate of the question cannot be read. */
int parser_wire_get_job(struct span message, struct parser_task *task,
			struct error *err) WARN_UNUSED;

/* Appends the parsed content of a body. */
void parser_wire_put_content(struct strbuf *out, const struct content *content);
/* Decodes the content of that form, which the caller releases. ERR_PROTOCOL: malformed;
 * `ret_content` is empty then. */
int parser_wire_get_content(struct span message, enum content_form form,
			    struct content *ret_content, struct error *err) WARN_UNUSED;

#endif
