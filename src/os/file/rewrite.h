/*
 * Replaces the contents of a file that belongs to somebody else, such as a server's configuration.
 * Owner, group, mode and access lists are kept, and so are symbolic links to the file.
 */
#ifndef OS_FILE_REWRITE_H
#define OS_FILE_REWRITE_H

#include "base/error.h"
#include "base/macros.h"
#include "base/span.h"

/* Replaces the contents atomically and durably. A file that cannot be replaced (it has hard links,
 * is a mount point, is in a directory that we may not change, or has an owner that we may not set)
 * is overwritten in place; so callers keep a durable copy of the old contents until this returns.
 * ERR_NOT_FOUND: no such file. */
int file_rewrite(const char *path, struct span bytes, struct error *err) WARN_UNUSED;

#endif
