/*
 * Internationalised names (IDNA 2008, non-transitional); the only home of libidn2, which is loaded
 * only when a name is not ASCII.
 */
#ifndef CODEC_IDNA_H
#define CODEC_IDNA_H

#include "base/error.h"

/* Punycode form of a UTF-8 name, heap. ASCII names come back lower-cased. ERR_PARSE. */
int idna_to_ascii(const char *name, char **ret_ascii, struct error *err) WARN_UNUSED;

#endif
