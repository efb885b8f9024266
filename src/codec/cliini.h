/*
 * The syntax of cli.ini as Certbot reads it: a list of key/value lines. It is not the ConfigObj
 * dialect of ini.h.
 */
#ifndef CODEC_CLIINI_H
#define CODEC_CLIINI_H

#include <stddef.h>

#include "base/error.h"

/* Called for each setting. `value` is the unquoted text, or NULL when the line has a key only. A
 * negative return ends the parse with that code; the callback must set err, to which the parser
 * adds file and line. */
typedef int cliini_setting_fn(void *context, const char *key, const char *value, int line,
			      struct error *err);

/* Calls `setting` for each setting in the text. Returns ERR_CONFIG with "path:line:" for a
 * malformed line (no key, NUL), or the callback's code when it refuses a setting. */
int cliini_parse(const char *text, size_t len, const char *path, cliini_setting_fn *setting,
		 void *context, struct error *err) WARN_UNUSED;

#endif
