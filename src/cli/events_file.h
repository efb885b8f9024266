/*
 * Where the events of --json-events go.
 */
#ifndef CLI_EVENTS_FILE_H
#define CLI_EVENTS_FILE_H

#include "base/error.h"
#include "codec/output/result.h"

/* Opens the file (-: standard output; /dev/fd/N: that descriptor) and sets the members of `options`
 * that are about events; they stay valid to the end of the process. ERR_IO and such. */
int events_file_open(const char *path, struct result_options *options,
		     struct error *err) WARN_UNUSED;

#endif
