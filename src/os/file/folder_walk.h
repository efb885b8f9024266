/*
 * Opens a directory below places that other people may write to. Each component is opened
 * separately, and a symbolic link is followed only when its owner gains nothing by it: the link
 * belongs to root or us, or its owner may create entries in the directory that it points to.
 */
#ifndef OS_FILE_FOLDER_WALK_H
#define OS_FILE_FOLDER_WALK_H

#include "base/error.h"
#include "base/macros.h"
#include "os/file/folder.h"

/* Opens `path` relative to `from` (NULL: the working directory). The descriptor is good only for
 * ...at() calls: it cannot be read, synced or have its mode changed. ERR_NOT_FOUND, ERR_IO;
 * ERR_REFUSED for a link that must not be followed. */
int folder_walk(const struct folder *from, const char *path, struct folder *ret_folder,
		struct error *err) WARN_UNUSED;

/* Walks to an absolute path and opens the directory for all uses, which needs the right to read
 * it. */
int folder_walk_open(const char *path, struct folder *ret_folder, struct error *err) WARN_UNUSED;

#endif
