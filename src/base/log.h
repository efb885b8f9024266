/*
 * Log records. Library code calls only log_debug(); app/ and cli/ may use the other levels. The
 * sink that cli/ installs decides where records go; without a sink they are dropped.
 *
 * Text from outside must have passed strbuf_add_printable(). Never log secrets.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/macros.h"

enum log_level {
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_ERROR,
};

/* Receives each record; `file` is the source path as the compiler saw it. */
typedef void log_sink_fn(void *context, enum log_level level, const char *file, const char *text);

/* Installs the sink (NULL: drop records). `context` is borrowed until the next call. */
void log_set_sink(log_sink_fn *sink, void *context);

/* Formats a record and passes it to the sink. Use the macros below. */
void log_write(enum log_level level, const char *file, const char *format, ...) PRINTF_LIKE(3, 4);

#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __FILE__, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __FILE__, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __FILE__, __VA_ARGS__)
#define log_error(...) log_write(LOG_LEVEL_ERROR, __FILE__, __VA_ARGS__)

#endif
