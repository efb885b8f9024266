/*
 * Files as a crash-safe program uses them: bounded reads, atomic replacement, directories.
 *
 * Every function that changes the file system is durable when it returns: the file and its
 * directory entry have been fsynced. Paths are used as given; store/paths decides where things are
 * kept.
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

struct stat;

/* Closes the descriptor of an AUTO_CLOSE variable (-1: none). Preserves errno. */
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

/* Reads a regular file, and the attributes of the very file that was read. Errors as before. */
int file_read_whole(const char *path, size_t max_len, struct strbuf *ret_text,
		    struct stat *ret_attributes, struct error *err) WARN_UNUSED;
/* Appends the last bytes of a regular file, max_len of them at most (a little more if it grows
 * meanwhile). ERR_NOT_FOUND, ERR_IO; ERR_PARSE: it is something else. */
int file_read_end(const char *path, size_t max_len, struct strbuf *ret_text,
		  struct error *err) WARN_UNUSED;

/* Owner, group and mode of a new file. */
struct file_attributes {
	mode_t mode; /* exact mode bits, set before the first byte is written (not cut by umask) */
	bool set_group; /* give it the group `gid` */
	gid_t gid;
	bool set_owner; /* give it the owner `uid` */
	uid_t uid;
	/* Without the right to set owner or group, go on without it, and for the group also without
	 * the group's bits in `mode`. If false, that is an error. */
	bool as_far_as_allowed;
	/* The file system decides on rights itself, and refuses to change them: none are set, and a
	 * new file asks for those of the owner in `mode`. */
	bool is_left_alone;
};

/* Creates or replaces `path` atomically: draft in the same directory, write, fsync, rename, fsync
 * of the directory. On error the old file is untouched. The draft's name is fixed, so that the next
 * call overwrites the draft of a killed one; the caller holds the lock of the directory. */
int file_replace(const char *path, const void *bytes, size_t len,
		 const struct file_attributes *attributes, struct error *err) WARN_UNUSED;
/* Replaces or creates a file that other programs read, such as a report, in a directory that nobody
 * locks: two processes may do so at the same time, and the later one wins. A file that exists keeps
 * its mode, and its group as far as allowed; `mode` is for a new one. The draft of a killed one is
 * removed by the next. ERR_REFUSED: the path is that of a link, a device or a directory. */
int file_publish(const char *path, const void *bytes, size_t len, mode_t mode,
		 struct error *err) WARN_UNUSED;
/* The same, but as far as allowed the file belongs to the owner of its directory: who shares that
 * with root can go on with what root has written. */
int file_publish_for_dir(const char *path, const void *bytes, size_t len, mode_t mode,
			 struct error *err) WARN_UNUSED;
/* Removes the draft that a killed replacement of the file left in its directory. */
void file_remove_leftovers(const char *path);
/* Creates a file that must not exist (O_EXCL), else ERR_EXISTS. A failed write leaves no file
 * behind. */
int file_create(const char *path, const void *bytes, size_t len,
		const struct file_attributes *attributes, struct error *err) WARN_UNUSED;

/* Creates the directory and its missing parents, each with mode & ~umask (Certbot also gives
 * parents the mode of the leaf). An existing directory is left alone. */
int dir_make(const char *path, mode_t mode, struct error *err) WARN_UNUSED;
/* Appends the names of the entries that end in `suffix` ("": all), sorted by bytes, without . and
 * .. . ERR_NOT_FOUND when there is no such directory. */
int dir_list(const char *path, const char *suffix, struct strvec *ret_names,
	     struct error *err) WARN_UNUSED;
/* True when we may create entries. Otherwise errno says why: EROFS for a read-only file system. */
bool dir_is_writable(const char *path);
/* Returns how many more files the file system can hold; UINT64_MAX when it has no limit. */
uint64_t dir_free_entries(const char *path);
/* Returns how many more bytes this process may write to the file system; UINT64_MAX: unknown. */
uint64_t dir_free_bytes(const char *path);
/* True when the directory, named by its real path, has only regular files whose names end in
 * `suffix`, belongs to root, can be listed by everybody and written to by nobody else; ret_count is
 * their number. False also when it cannot be read. */
bool dir_is_public(const char *path, const char *suffix, size_t *ret_count);
/* True when the directory exists and has no entries. */
bool dir_is_empty(const char *path);
/* Removes an empty directory; a missing one is fine. ERR_REFUSED when it has entries. Durable. */
int dir_remove(const char *path, struct error *err) WARN_UNUSED;
/* Removes a directory tree; links are removed, not followed. A missing tree is fine. */
int dir_remove_tree(const char *path, struct error *err) WARN_UNUSED;

/* True when the path exists; a dangling link does not. */
bool file_exists(const char *path);
/* True when the path is taken, even by a dangling link: links are followed except in the last
 * component. */
bool file_is_there(const char *path);
/* True for a directory, or a link to one. */
bool file_is_dir(const char *path);
/* True for a regular file, or a link to one. */
bool file_is_regular(const char *path);
/* True for a regular file that this process may execute. */
bool file_is_executable(const char *path);
/* True for a symbolic link. */
bool file_is_symlink(const char *path);
/* Sets the target text of a link, which the caller frees. */
int file_read_link(const char *path, char **ret_target, struct error *err) WARN_UNUSED;
/* Removes a file or link; a missing one is fine. Durable. */
int file_remove(const char *path, struct error *err) WARN_UNUSED;
/* Creates a symbolic link; nothing may exist at `path`. Durable. */
int file_symlink(const char *target, const char *path, struct error *err) WARN_UNUSED;
/* rename(2), then fsync of both directories. */
int file_rename(const char *from, const char *to, struct error *err) WARN_UNUSED;
/* Swaps two directory entries atomically (renameat2 with RENAME_EXCHANGE). ERR_REFUSED, with
 * nothing changed, when the kernel or file system does not support it. Durable. */
int file_exchange(const char *a, const char *b, struct error *err) WARN_UNUSED;

/* Joins directory and name; the caller frees the result. */
char *path_join(const char *dir, const char *name) WARN_UNUSED;
/* Returns the directory part, "." when there is none; the caller frees it. */
char *path_dirname(const char *path) WARN_UNUSED;
/* Returns true when two spellings lead to one file: distributions reach /etc/ssl by links. */
bool path_is_same(const char *a, const char *b);
/* Returns what follows the last slash, borrowed. */
const char *path_basename(const char *path);
/* Makes a path absolute without resolving links; the caller frees the result. */
char *path_absolute(const char *path) WARN_UNUSED;
/* Returns the path of `target` as seen from `dir`, which the caller frees. Both are absolute:
 * ("/a/b", "/a/c/x") gives "../c/x". */
char *path_relative(const char *dir, const char *target) WARN_UNUSED;

#endif
