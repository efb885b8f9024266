/*
 * Parses bodies received from outside in a process that has no rights: no files, no network, no
 * keys. It returns records that need no further parsing (parser_wire.h).
 *
 * If the process crashes or hangs on the same body twice, that body fails, and the process is
 * restarted for the others. If no process can be started, the parser reports that and works in this
 * process.
 */
#ifndef NET_PARSER_PARSER_H
#define NET_PARSER_PARSER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "net/parser/parser_job.h"

/* argv[0] by which main() recognises the child. */
#define PARSER_NAME "certbot: parser"

struct parser;
struct confinement;

/* Makes a parser, which the caller frees. `confinement` applies to the child (net/confined_child.h)
 * and may be NULL. in_process: use no child, for tests. */
struct parser *parser_new(const struct confinement *confinement, bool in_process) WARN_UNUSED;

/* Stops the process. NULL is allowed. */
void parser_free(struct parser *parser);
DEFINE_AUTO_PTR(parser, parser_free);

/* Starts the process ahead of time, so that it is ready when the first body arrives. with_xml: some
 * bodies will be XML, for which a library is loaded first; a process that was started without it is
 * replaced. */
void parser_start(struct parser *parser, bool with_xml);
/* Performs all jobs and fills in their contents. A fault of ERR_REFUSED means that the process must
 * be confined and could not be. */
void parser_work(struct parser *parser, struct parser_job *jobs, size_t count);

/* Entry point of the child: serves the channel (fd 3) until it is closed. Returns an exit
 * status. */
int parser_child_main(char *const *argv);

#endif
