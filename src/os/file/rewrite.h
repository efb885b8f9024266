/*
 * New contents for a file that belongs to somebody else, such as a server's configuration. Owner,
 * group, mode and access lists stay, and so does a link that leads to it.
 */
#ifndef OS_FILE_REWRITE_H
#define OS_FILE_REWRITE_H

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"

/* Replaces the contents in one step, durably. Where the file cannot be exchanged for another (it
 * has several names, is a mount point, or stands in a directory that we may not change, or with an
 * owner that we may not give) it is written over in place: callers keep a durable copy of the old
 * contents until this returns. ERR_NOT_FOUND: no such file. */
int file_rewrite(const char *path, struct span bytes, struct error *err) WARN_UNUSED;

#endif
