/*
 * Log front end: formats a record and hands it to the sink.
 */
#include "base/log.h"

#include <stdarg.h>

#include "base/alloc.h"

static log_sink_fn *current_sink;
static void *current_context;

void log_set_sink(log_sink_fn *sink, void *context)
{
	current_sink = sink;
	current_context = context;
}

void log_write(enum log_level level, const char *file, const char *format, ...)
{
	AUTO_FREE char *text = NULL;
	va_list args;

	if (!current_sink)
		return;
	va_start(args, format);
	text = xvasprintf(format, args);
	va_end(args);
	current_sink(current_context, level, file, text);
}
