/*
 * Reads files of /proc (see proc(5)). Nobody outside os/ includes this.
 */
#ifndef OS_FILE_PROC_LINUX_H
#define OS_FILE_PROC_LINUX_H

#include <stdbool.h>

#include "base/strbuf.h"

/* Appends /proc/PID/NAME; false when it cannot be read. */
bool proc_read(int pid, const char *name, struct strbuf *ret_text);

#endif
