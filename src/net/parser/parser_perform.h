/*
 * The parsing itself, used by the child and by a parser without one.
 */
#ifndef NET_PARSER_PARSER_PERFORM_H
#define NET_PARSER_PARSER_PERFORM_H

#include "net/parser/parser_job.h"

/* Parses the job's body and fills in its content. `issuers` are those of the chains before. */
void parser_perform(struct parser_job *job, struct cert_issuers *issuers);

#endif
