/*
 * Files as a crash-safe program uses them: bounded reads, atomic replacement, directories.
 *
 * Every function that changes the file system is durable when it returns: the file and the
 * directory entry have been fsynced. Paths are used as given; no function follows a rule about
 * where something lies (that is store/paths).
 */
#ifndef OS_FILE_FILE_H
#define OS_FILE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "base/strvec.h"

/* Closes a descriptor held by an AUTO_CLOSE variable (-1: none). errno stays. */
void auto_close(int *fd);
#define AUTO_CLOSE __attribute__((cleanup(auto_close)))
#define STEAL_FD(fd)                                                                               \
	({                                                                                         \
		int stolen_ = (fd);                                                                \
		(fd) = -1;                                                                         \
		stolen_;                                                                           \
	})

/* Appends the whole file to `ret_text`. ERR_NOT_FOUND, ERR_IO; ERR_PARSE when it is larger than
 * max_len bytes. */
int file_read(const char *path, size_t max_len, struct strbuf *ret_text,
	      struct error *err) WARN_UNUSED;

/* How a new file is made. */
struct file_attributes {
	mode_t mode; /* exact mode bits, set before the first byte is written (not cut by umask) */
	bool set_group; /* give it the group `gid` */
	gid_t gid;
	bool set_owner; /* give it the owner `uid` */
	uid_t uid;
	/* Owner and group that we may not give are left out, and with the group the group's bits in
	 * `mode`; otherwise that is an error. */
	bool as_far_as_allowed;
};

/* Replaces `path` (or makes it) in one step: draft in the same directory, write, fsync, rename,
 * fsync of the directory. After a failure the old file is untouched. The draft's name is fixed, so
 * that the next call takes the place of what a killed one left: the caller holds the lock of the
 * directory. */
int file_replace(const char *path, const void *bytes, size_t len,
		 const struct file_attributes *attributes, struct error *err) WARN_UNUSED;
/* Removes the draft that a crashed replacement of the file has left beside it. */
void file_remove_leftovers(const char *path);
/* Makes a file that must not exist (O_EXCL); ERR_EXISTS. A failed write leaves no file behind. */
int file_create(const char *path, const void *bytes, size_t len,
		const struct file_attributes *attributes, struct error *err) WARN_UNUSED;

/* Makes the directory and its missing parents, each with mode & ~umask as `mode` says for the leaf
 * (Certbot gives parents the mode of the leaf). An existing directory is left alone. */
int dir_make(const char *path, mode_t mode, struct error *err) WARN_UNUSED;
/* Sorted names (byte order) of the entries that end in `suffix` ("" = all); without . and .. .
 * ERR_NOT_FOUND when there is no such directory. */
int dir_list(const char *path, const char *suffix, struct strvec *ret_names,
	     struct error *err) WARN_UNUSED;
/* True when the directory exists and has no entries. */
bool dir_is_empty(const char *path);
/* Removes an empty directory; a missing one is fine. ERR_REFUSED when it has entries. Durable. */
int dir_remove(const char *path, struct error *err) WARN_UNUSED;
/* Removes a tree; links are removed, not followed. A missing tree is fine. */
int dir_remove_tree(const char *path, struct error *err) WARN_UNUSED;

/* Links are followed, except by the last one. */
bool file_exists(const char *path);
bool file_is_dir(const char *path);
bool file_is_regular(const char *path);
bool file_is_executable(const char *path); /* a regular file that the effective user may run */
bool file_is_symlink(const char *path);
/* Target text of a link; the caller frees. */
int file_read_link(const char *path, char **ret_target, struct error *err) WARN_UNUSED;
/* Removes a file or link; a missing one is fine. Durable. */
int file_remove(const char *path, struct error *err) WARN_UNUSED;
/* Makes a symbolic link that must not exist. Durable. */
int file_symlink(const char *target, const char *path, struct error *err) WARN_UNUSED;
/* rename(2), then fsync of both directories. */
int file_rename(const char *from, const char *to, struct error *err) WARN_UNUSED;
/* Swaps two directory entries in one step (renameat2 with RENAME_EXCHANGE). ERR_REFUSED where the
 * kernel or file system cannot; nothing has changed then. Durable. */
int file_exchange(const char *a, const char *b, struct error *err) WARN_UNUSED;

/* Parts of paths; the caller frees. path_absolute does not resolve links. */
char *path_join(const char *dir, const char *name) WARN_UNUSED;
char *path_dirname(const char *path) WARN_UNUSED;
const char *path_basename(const char *path);
char *path_absolute(const char *path) WARN_UNUSED;
/* Path of `target` as seen from `dir`; both absolute: ("/a/b", "/a/c/x") gives "../c/x". */
char *path_relative(const char *dir, const char *target) WARN_UNUSED;

#endif
