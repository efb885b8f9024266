/*
 * The parsing itself, wherever it is done.
 */
#ifndef NET_PARSER_PARSER_PERFORM_H
#define NET_PARSER_PARSER_PERFORM_H

#include "net/parser/parser.h"

/* Fills the job's content. */
void parser_perform(struct parser_job *job);

#endif
