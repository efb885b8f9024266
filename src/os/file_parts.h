/*
 * What the files behind file.h share; nobody outside os/ includes this.
 */
#ifndef OS_FILE_PARTS_H
#define OS_FILE_PARTS_H

#include "base/error.h"
#include "base/macros.h"
#include "os/file.h"

/* A name in an open directory. */
struct dir_entry {
	int dir_fd;
	char *dir;        /* path of the directory, for errors */
	const char *name; /* borrowed from the path it was made of */
};

#define DIR_ENTRY_INIT                                                                             \
	{                                                                                          \
		.dir_fd = -1                                                                       \
	}
void dir_entry_release(struct dir_entry *entry);
DEFINE_AUTO(dir_entry, dir_entry_release);

/* Opens the directory part of the path. The code follows from errno. */
int dir_of_entry(const char *path, struct dir_entry *ret_entry, struct error *err) WARN_UNUSED;
int dir_entry_sync(const struct dir_entry *entry, struct error *err) WARN_UNUSED;
/* fsync of a directory; `path` is for the error. */
int fd_sync_dir(int fd, const char *path, struct error *err) WARN_UNUSED;

/* The path without trailing slashes; the caller frees. */
char *path_trim(const char *path) WARN_UNUSED;
/* Swaps the two entries in one step; 0 or a negative errno, -ENOSYS where that cannot be done here.
 * One file per platform. */
int exchange_entries(const struct dir_entry *a, const struct dir_entry *b);

#endif
