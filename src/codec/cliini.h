/*
 * The syntax of cli.ini as Certbot reads it: a list of key/value lines, not the ConfigObj dialect.
 */
#ifndef CODEC_CLIINI_H
#define CODEC_CLIINI_H

#include <stddef.h>

#include "base/error.h"

/* Called for each setting: `value` is NULL for a key alone, else unquoted text. A negative return
 * ends the parse with that code (err must be set; the parser adds file and line). */
typedef int cliini_setting_fn(void *context, const char *key, const char *value, int line,
			      struct error *err);

/* Walks the lines of the file text. ERR_CONFIG with "path:line:" for malformed lines (no key, list
 * syntax, NUL) and for what the callback refused. */
int cliini_parse(const char *text, size_t len, const char *path, cliini_setting_fn *setting,
		 void *context, struct error *err) WARN_UNUSED;

#endif
