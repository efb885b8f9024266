/*
 * Internals shared by the files that implement file.h; nobody outside os/ includes this.
 */
#ifndef OS_FILE_FILE_PARTS_H
#define OS_FILE_FILE_PARTS_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/macros.h"
#include "os/file/file.h"

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

/* Opens the directory part of the path. The error code follows from errno. */
int dir_of_entry(const char *path, struct dir_entry *ret_entry, struct error *err) WARN_UNUSED;
/* Syncs the entry's directory. */
int dir_entry_sync(const struct dir_entry *entry, struct error *err) WARN_UNUSED;
/* Syncs a directory; `path` is for the error. */
int fd_sync_dir(int fd, const char *path, struct error *err) WARN_UNUSED;

/* A file under construction: unlinked when its scope ends, unless `name` was stolen. */
struct draft {
	const struct dir_entry *entry;
	const char *path; /* as the caller named the file, for errors */
	char *name;       /* entry to unlink, or NULL once it may stay */
	int fd;
	bool syncs_later; /* not by draft_fill() */
};
void draft_release(struct draft *draft);
DEFINE_AUTO(draft, draft_release);

/* Creates the file with only the owner's bits of `mode`. Takes over own_name. Returns 0 or a
 * negative errno. */
int draft_open(struct draft *draft, char *own_name, mode_t mode);
/* Creates the file under the draft name of its entry, replacing a draft that a killed run left:
 * only the holder of a directory's locks replaces files in it. Returns 0 or a negative errno. */
int draft_open_beside(struct draft *draft, mode_t mode);
/* Sets its attributes and allocates `room` bytes of disk space. */
int draft_reserve(struct draft *draft, size_t room, const struct file_attributes *attributes,
		  struct error *err) WARN_UNUSED;
/* Sets its attributes (NULL: they are set already, and surplus space is cut off), writes the
 * contents, syncs (unless that is for later) and closes. */
int draft_fill(struct draft *draft, const void *bytes, size_t len,
	       const struct file_attributes *attributes, struct error *err) WARN_UNUSED;
/* Writes all bytes; returns 0 or a negative errno. */
int fd_write_all(int fd, const char *bytes, size_t len);

/* Appends everything up to the end; returns 0 or a negative errno, -EFBIG for more than max_len
 * bytes. */
int fd_read_all(int fd, size_t max_len, struct strbuf *text);
/* Appends the contents of a file; returns 0 or a negative errno, -EFBIG for more than max_len
 * bytes. */
int read_at(int dir_fd, const char *name, size_t max_len, struct strbuf *ret_text);
/* Sets the error for a failed read_at(). Returns its code. */
int read_failed(const char *path, size_t max_len, int rc, struct error *err);

/* Returns the target text of a link, which the caller frees; NULL with errno set. */
char *link_target_at(int dir_fd, const char *name);
/* Opens a directory for use in ...at() calls; -1 with errno set. Implemented once per platform. */
int dir_open_at(int dir_fd, const char *name, bool follow);
/* Owner and target text of one and the same link; 0 or a negative errno. No text for a link that
 * the kernel alone can follow, and that nobody can put there. One file per platform. */
int link_read_at(int dir_fd, const char *name, struct stat *ret_attributes, char **ret_target);
/* Gives `to` the access lists of `from`; 0 or a negative errno. One file per platform. */
int fd_copy_access_lists(int from, int to);

/* The path without trailing slashes; the caller frees. */
char *path_trim(const char *path) WARN_UNUSED;
/* Swaps the two entries in one step; 0 or a negative errno, -ENOSYS where that cannot be done here.
 * One file per platform. */
int exchange_entries(const struct dir_entry *a, const struct dir_entry *b);

#endif
