/*
 * Has bodies from outside parsed by a process that has no rights: no files, no network, no keys.
 * What it hands back is read without parsing (parser_wire.h).
 *
 * A body on which the process dies or gets stuck, twice, costs that body: the process is started
 * again for the others. Where none can be started, the parser says so and works in this process.
 */
#ifndef NET_PARSER_PARSER_H
#define NET_PARSER_PARSER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "base/span.h"
#include "net/parser/content.h"

/* argv[0] by which main() recognises the child. */
#define PARSER_NAME "certbot: parser"

/* Larger bodies are faulty. */
enum { PARSER_MAX_BODY = 16 * 1024 * 1024 };

struct parser_job {
	enum content_form form; /* not CONTENT_RAW */
	struct span body;       /* borrowed */
	/* CONTENT_OCSP: what was asked, borrowed; its response_der is `body`. */
	const struct ocsp_question *question;
	size_t index;           /* the caller's own */
	struct content content; /* the result; CONTENT_INIT before */
};

struct parser;
struct confinement;

/* confinement: of the child (net/confined_child.h), or NULL. in_process: no child, for tests. */
struct parser *parser_new(const struct confinement *confinement, bool in_process) WARN_UNUSED;
void parser_free(struct parser *parser);
DEFINE_AUTO_PTR(parser, parser_free);

/* Starts the process, so that it is ready by the time that there is something to parse. */
void parser_start(struct parser *parser);
/* Does all of the jobs. A fault of ERR_REFUSED: the process had to be confined, and is not. */
void parser_work(struct parser *parser, struct parser_job *jobs, size_t count);

/* The child: serves the channel (fd 3) until it closes. Returns an exit status. */
int parser_child_main(char *const *argv);

#endif
