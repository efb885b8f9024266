/*
 * Internationalised names (IDNA 2008, non-transitional). Only this module uses libidn2, which is
 * loaded when the first non-ASCII name is converted.
 */
#ifndef CODEC_IDNA_H
#define CODEC_IDNA_H

#include "base/error.h"

/* Stores the Punycode form of a UTF-8 name in *ret_ascii, which the caller frees. ASCII names are
 * only lower-cased. ERR_PARSE. */
int idna_to_ascii(const char *name, char **ret_ascii, struct error *err) WARN_UNUSED;

#endif
